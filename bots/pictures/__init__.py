"""Pictures: drawn as SVG text, made pixels by one renderer with a font of our own."""
