"""The entry point of the web process: the application for the server, the router of the pages for Streamlit."""

import streamlit as st

# The server imports this file; Streamlit runs it as a script for every page. Each side imports only what it needs.
if __name__ != "__main__":
    from streamlit.runtime.pages_manager import PagesManager

    from pages.ui.layout import errors, page_delivery
    from web import joined_writes, server

    # Without this, Streamlit serves the files of pages/ directly until somebody has signed in.
    PagesManager.uses_pages_directory = False
    page_delivery.install()
    joined_writes.install()
    app = st.App(
        __file__,
        routes=server.routes,
        middleware=server.middleware,
        lifespan=server.warm_up,
        exception_handlers=server.exception_handlers,
        on_script_error=errors.show,
    )
else:
    from pages.ui.layout.routing import main

    main()
