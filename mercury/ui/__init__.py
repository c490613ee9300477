"""The face of Mercury: template tags, navigation and the look of times, names and chat text."""
