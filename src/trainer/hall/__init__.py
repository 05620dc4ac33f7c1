"""The hall (考务大厅): the exchange on a server. What arrives is durable, carries the server's time and gets a receipt."""
