"""Stand-ins to try, test and rehearse with: a local Brevo and demo shops. They reach the product over HTTP only."""
