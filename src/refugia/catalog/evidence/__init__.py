"""What is known of alterations and drugs: the tables that ship, releases a user brings, and the search through both."""
