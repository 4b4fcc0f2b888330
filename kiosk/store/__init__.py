"""What is remembered: typed models and the queries over them, one file per noun. Never commits; actions do."""
