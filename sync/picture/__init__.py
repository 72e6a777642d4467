"""What do people see of customers and records: committed, with the newest plan laid over it?"""
