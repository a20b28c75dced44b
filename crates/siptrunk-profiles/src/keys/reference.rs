//! The page about every key.

use std::fmt::Write;

use super::{Key, Kind, below, of, tables};

const HEAD: &str = "# Every key of a configuration file

Made of the table that the readers of the file use (`crates/siptrunk-profiles/src/keys/table.rs`), and held
to it by a test. After a change: `cargo run -p siptrunk-profiles --example configuration > docs/configuration.md`.
`--schema` prints the JSON schema for editors.

Files are TOML. An unknown key is an error that names the nearest known one. Every problem is told at once, with
its line. Relative paths are meant from the file's folder. What stands under *default* holds where the key is not
there; an empty field means that nothing does. Commented files for each situation: `examples/config/`.
";

const TAIL: &str = "
## The file of `networks_file`

Networks that Synthflow published later than the list in this crate, by region, with the day they were read. An
allow list made of lists older than 180 days is a warning.

```toml
as_of = \"2027-01-15\"
[synthflow.us]
signalling = [\"198.51.100.0/24\"]
media = [\"203.0.113.0/24\"]
```
";

pub(super) fn write() -> String {
    let mut page = HEAD.to_owned();
    for table in tables() {
        // Writing into a String cannot fail.
        let _written = writeln!(page, "\n## {}\n", heading(table));
        page.push_str("| key | what it is | default | meaning |\n| --- | --- | --- | --- |\n");
        for key in of(table) {
            let _written = writeln!(
                page,
                "| `{}` | {} | {} | {} |",
                key.name,
                kind(key),
                key.default,
                key.meaning
            );
        }
    }
    page + TAIL
}

/// How a file opens the table.
fn heading(table: &str) -> String {
    let is_list = |name: &str| {
        of("").any(|key| below(key.table, key.name) == name && key.kind == Kind::Tables)
    };
    match table {
        "" => "The top of the file".to_owned(),
        list if is_list(list) => format!("`[[{list}]]`"),
        table => format!("`[{table}]`"),
    }
}

fn kind(key: &Key) -> String {
    match key.kind {
        Kind::Text => "string".to_owned(),
        Kind::Texts => "string or array of strings".to_owned(),
        Kind::Integer(low, high) => format!("{low} to {high}"),
        Kind::Integers(low, high) => format!("array of {low} to {high}"),
        Kind::Flag => "true or false".to_owned(),
        Kind::Choice(words) => {
            words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ")
        }
        Kind::Map => "table of strings".to_owned(),
        Kind::Values => "table of strings, true, false".to_owned(),
        Kind::Table => "table".to_owned(),
        Kind::Tables => "list of tables".to_owned(),
    }
}
