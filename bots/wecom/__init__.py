"""WeCom (企业微信): the AI bot over its long connection, the self-built app, the group robot."""
