"""What the declarative connector is made of: the language of a specification, and what its words do."""
