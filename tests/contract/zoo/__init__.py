"""Clients of every kind: some keep the contract, and many have one realistic bug each."""
