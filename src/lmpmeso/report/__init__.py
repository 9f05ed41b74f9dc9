"""Pages: what a campaign came to, as one HTML file with its pictures inside."""
