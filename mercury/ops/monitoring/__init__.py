"""What the pages of /ops/ show of the database, in the words of each engine."""
