"""A made-up county that sits a competition: people, abilities and answers from a seed. Nothing in it is real."""
