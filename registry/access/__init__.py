"""Who may do what: people, roles as grants in time, tokens. Nothing else asks Django for permissions."""
