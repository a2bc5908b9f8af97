"""All queries. Every statement is built once, so that its compiled form is found again."""
