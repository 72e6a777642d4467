"""What the salesforce connector is made of: sign-in and errors, shapes, SOQL, pulls, Bulk jobs, writes."""
