"""The oracle of the generated companies, and a sample of them."""
