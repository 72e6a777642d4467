"""Made-up customers to try Offbook on: a generator, a workspace, and a judge that knows the truth."""
