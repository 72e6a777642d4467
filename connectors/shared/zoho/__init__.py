"""What the zoho_crm connector is made of: the account, the shape of a module, reading, writing."""
