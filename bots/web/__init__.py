"""One aiohttp application: the trainee's page, the console, the JSON API."""
