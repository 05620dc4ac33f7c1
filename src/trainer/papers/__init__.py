"""Papers (试卷): from a blueprint, a bank and a seed to parallel forms."""
