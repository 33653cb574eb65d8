"""The desk: pages in the browser where staff change texts and contacts, and see what needs attention.

    files      reads and saves content files: checked first, written whole, committed with the editor's name
    security   who may send what: same origin, bounded size, headers, sessions, throttled passwords
    app        the routes; `views` holds one module for each part of the desk
    server     runs it, within `musafir run` or alone as `musafir desk`

All state is in `content/`, in git and in the database, so the desk may run beside the bot or in another process.
"""
