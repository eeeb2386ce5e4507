"""What somebody has to fix, kept until its cause is gone: open problems, and what people decide about them."""
