"""What is allowed. Pure: no Flask, SQL, files, clock, chance; `now` and the protocols are arguments."""
