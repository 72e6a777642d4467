"""Five systems in one job: a Chinese workbook, Airtable, Google Sheets, Zoho CRM and 纷享销客, the four of them pretended."""
