"""What the wecom connector is made of besides its methods: signing in, and the fields of a contact."""
