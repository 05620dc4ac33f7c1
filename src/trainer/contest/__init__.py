"""The competition (擂台比武): ranking by declared rules."""
