"""The steps of a checkup, and the looks that tell causes apart: experiments and second looks."""
