"""The clauses of the contract, each a function of a client's factory."""
