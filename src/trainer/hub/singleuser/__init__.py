"""What runs inside a person's server: Jupyter Server with what they need and nothing that they must not have."""
