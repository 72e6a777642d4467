"""What the hubspot connector is made of: the account, the shape of an object type, reading, writing."""
