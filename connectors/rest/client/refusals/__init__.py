"""Read what a response says of a refusal: its words, the fields they are about, and whether it failed at all."""
