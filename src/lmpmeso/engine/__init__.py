"""Steps from files to files, and what runs them; knows no physics."""
