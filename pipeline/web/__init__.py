"""Review pages, served locally: list, passage beside its page image, decisions, agreement.

Starlette with Jinja2 templates and a little plain JavaScript; nothing is fetched from another host. `create_app` in
`app.py` is the whole public face; every page is a function `Visit -> Response` listed in `app.ROUTES`.
"""
