"""Clients of every kind: some that keep the contract, and many with one realistic bug each."""
