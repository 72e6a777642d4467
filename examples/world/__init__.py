"""The made-up customers as they really are, before anybody types them into anything."""
