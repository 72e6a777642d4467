"""What connectors that speak HTTP share: answers, secrets kept out of sight, tokens that are refreshed."""
