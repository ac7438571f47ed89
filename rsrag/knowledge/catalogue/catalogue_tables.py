"""The tables of a catalogue's SQLite file."""

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""How FTS5 cuts texts: stems of words without accents."""

PART, CODE, COMMON = 1, 2, 4
"""Bits of a name's ``flags``, as in ``mentions.NameEntry``."""

TABLES = f"""
create table meta(key text primary key, value text);
create table origins(number integer primary key, source text, licence text);
create table landmarks(
    number integer primary key, id text, name text, aliases text, category text,
    geometry blob, images text, origin integer, collection text);
create table facts(
    number integer primary key, id text, landmark integer, variable text, value text,
    period text, quantity real, unit text, origin integer);
create table passages(
    number integer primary key, id text, landmark integer, chunk_type text, title text,
    text text, origin integer, collection text);
create table names(
    folded text, landmark integer, flags integer,
    primary key (folded, landmark)) without rowid;
create table naming(
    landmark integer, passage integer, primary key (landmark, passage)) without rowid;
create table firsts(word text primary key, longest integer) without rowid;
create virtual table name_grams using fts5(
    folded, content='', detail='none', columnsize=0, tokenize='trigram');
create virtual table boxes using rtree(
    number, west, east, south, north, +landmark integer);
create virtual table passage_words using fts5(
    name, text, content='', tokenize='{TOKENIZER}');
create virtual table fact_words using fts5(
    text, content='', tokenize='{TOKENIZER}');
"""
INDEXES = """
create unique index landmark_ids on landmarks(id);
create index landmark_kinds on landmarks(category);
create unique index fact_ids on facts(id);
create index fact_keys on facts(landmark, variable, period);
create index fact_variables on facts(variable);
create unique index passage_ids on passages(id);
create index passage_landmarks on passages(landmark);
create table name_list(number integer primary key, folded text);
"""
TERMS = """
create virtual table temp.vocabulary using fts5vocab(main, {table}, 'row');
create table {table}_terms(term text primary key, docs integer) without rowid;
insert into {table}_terms select term, doc from temp.vocabulary;
drop table temp.vocabulary;
"""
