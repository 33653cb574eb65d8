-- The role of Rasa: the table of open guides (`trackers`) and nothing else of the bot's database. May be run again.
-- RASA_PASSWORD is in the environment. Where somebody else makes roles (a managed PostgreSQL, an operator), it is only granted.
--   psql --no-psqlrc --file=deploy/kubernetes/rasa-role.sql "$DATABASE_URL"
\set ON_ERROR_STOP on
\getenv password RASA_PASSWORD
SELECT format('CREATE ROLE rasa LOGIN PASSWORD %L', :'password')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rasa') \gexec
GRANT SELECT, INSERT, UPDATE, DELETE ON trackers TO rasa;
