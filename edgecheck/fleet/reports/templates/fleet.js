"use strict";
(() => {
  const table = document.querySelector("table"), body = table.tBodies[0];
  const form = document.querySelector(".filter"), [text] = form.getElementsByTagName("input");
  const [state] = form.getElementsByTagName("select");
  const [count] = form.getElementsByTagName("output");
  const rows = [...body.rows];
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const said = row.textContent.toLowerCase();
      row.hidden = (state.value !== "" && !row.classList.contains(state.value))
        || !words.every((word) => said.includes(word));
      left += row.hidden ? 0 : 1;
    }
    const whole = `${rows.length} ${rows.length === 1 ? "agent" : "agents"}`;
    count.textContent = left === rows.length ? whole : `${left} of ${whole}`;
  };
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, index) => {
    const cell = row.cells[index];
    return cell.dataset.key === undefined ? cell.textContent.trim() : Number(cell.dataset.key);
  };
  const order = new Intl.Collator("en", { numeric: true });
  const sort = (head, index) => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const keyed = rows.map((row) => [key(row, index), row]);
    keyed.sort(([a], [b]) => (typeof a === "number" ? a - b : order.compare(a, b)));
    if (!up) keyed.reverse();
    rows.splice(0, rows.length, ...keyed.map(([, row]) => row));
    body.append(...rows);
  };
  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(head, index));
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  text.addEventListener("input", filter);
  state.addEventListener("change", filter);
  form.hidden = false;
  filter();
})();
