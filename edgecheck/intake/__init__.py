"""What a user pastes or answers, and which settings follow from it (pure)."""
