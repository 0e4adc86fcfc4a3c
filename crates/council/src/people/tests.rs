//! Whole files. All people are invented.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn roll(text: &str) -> Roll {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn refused(text: &str) -> RollError {
    read(text.as_bytes()).unwrap_err()
}

fn names(roll: &Roll) -> Vec<&str> {
    roll.people.iter().map(|person| person.name.as_str()).collect()
}

fn numbers(roll: &Roll) -> Vec<u32> {
    roll.people.iter().map(|person| person.number).collect()
}

fn contacts(person: &Person) -> Vec<(&str, &str)> {
    person.contacts.iter().map(|(key, cell)| (key.as_str(), cell.as_str())).collect()
}

fn meanings(roll: &Roll) -> Vec<Meaning> {
    roll.columns.iter().map(|column| column.meaning).collect()
}

fn warned(roll: &Roll) -> Vec<String> {
    roll.warnings.iter().map(Warning::to_string).collect()
}

const SPANISH: &str = "Nº socio;Nombre;Apellidos;Correo electrónico;Teléfono;Móvil;Dirección;Nº;Fecha de alta;Cuota\r\n\
    12;Begoña;Ibáñez Muñoz;bego@example.org;943 11 22 33;600 11 22 33;Calle Mayor;3;01/02/2020;10,00\r\n\
    7;Iñaki;Etxeberria Agirre;inaki@example.org;;600 44 55 66;Askatasun etorbidea;21;;\r\n\
    31;M.ª José;\"Gil, de la Cruz\";;;;;;;exenta\r\n";

#[test]
fn a_spanish_list() {
    let roll = roll(SPANISH);
    assert_eq!(names(&roll), ["Begoña Ibáñez Muñoz", "Iñaki Etxeberria Agirre", "M.ª José Gil, de la Cruz"]);
    assert_eq!(numbers(&roll), [12, 7, 31]);
    assert_eq!(
        contacts(&roll.people[0]),
        [
            ("email", "bego@example.org"),
            ("phone", "943 11 22 33"),
            ("phone 2", "600 11 22 33"),
            ("address", "Calle Mayor"),
            ("Nº", "3"),
            ("joined", "01/02/2020"),
            ("Cuota", "10,00"),
        ]
    );
    assert_eq!(contacts(&roll.people[2]), [("Cuota", "exenta")]);
    assert_eq!(roll.people[2].row, 4);
    assert_eq!(roll.separator, Some(';'));
    assert!(roll.warnings.is_empty(), "{:?}", warned(&roll));
}

#[test]
fn every_encoding_gives_the_same_people() {
    let units: Vec<u16> = format!("\u{feff}{SPANISH}").encode_utf16().collect();
    let western: Vec<u8> = SPANISH.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let plain = roll(SPANISH);
    for (bytes, encoding) in [
        (format!("\u{feff}{SPANISH}").into_bytes(), Encoding::Utf8),
        (units.iter().flat_map(|unit| unit.to_le_bytes()).collect(), Encoding::Utf16),
        (units.iter().flat_map(|unit| unit.to_be_bytes()).collect(), Encoding::Utf16),
        (western, Encoding::Windows1252),
    ] {
        let roll = read(&bytes).unwrap();
        assert_eq!(roll.people, plain.people);
        assert_eq!(roll.columns, plain.columns);
        assert_eq!(roll.encoding, encoding);
        let said = warned(&roll).iter().any(|text| text.contains("Windows-1252"));
        assert_eq!(said, encoding == Encoding::Windows1252);
    }
}

#[test]
fn other_languages() {
    let portuguese = roll(
        "Nome completo,E-mail,Celular,Endereço,Data de admissão\n\
         João António da Conceição,joao@example.org,(21) 91234-5678,\"Rua do Ouro, 5\",2019-05-01\n\
         Inês Guimarães,ines@example.org,,,\n",
    );
    assert_eq!(names(&portuguese), ["João António da Conceição", "Inês Guimarães"]);
    assert_eq!(
        meanings(&portuguese),
        [Meaning::Name, Meaning::Email, Meaning::Phone, Meaning::Address, Meaning::Joined]
    );
    // In French `nom` beside `prénom` is the surname, wherever it stands.
    let french = roll(
        "N° adhérent\tNom\tPrénom\tCourriel\tTéléphone portable\tDate d'adhésion\n\
         1\tLefèvre\tZoé\tzoe@example.org\t06 12 34 56 78\t3 mai 2021\n\
         2\tŒuvrard\tJean-François\t\t\t\n",
    );
    assert_eq!(names(&french), ["Zoé Lefèvre", "Jean-François Œuvrard"]);
    let english = roll("First name,Last name,Member no.\nNiamh,O’Neill,4\nOwen,ap Rhys,5\n");
    assert_eq!(names(&english), ["Niamh O’Neill", "Owen ap Rhys"]);
    assert_eq!(numbers(&english), [4, 5]);
    let catalan =
        roll("Nom i cognoms;Correu;Mòbil\nNúria Gal·la Puig i Vidal;nuria@example.org;600 77 88 99\n");
    assert_eq!(names(&catalan), ["Núria Gal·la Puig i Vidal"]);
    let two_surnames = roll("Primer apellido;Segundo apellido;Nombre\nIbáñez;Muñoz;Begoña\nPons;;Cai\n");
    assert_eq!(names(&two_surnames), ["Begoña Ibáñez Muñoz", "Cai Pons"]);
    for roll in [portuguese, french, english, catalan, two_surnames] {
        assert!(roll.warnings.is_empty(), "{:?}", warned(&roll));
    }
}

#[test]
fn columns_of_one_kind_or_one_title() {
    let roll =
        roll("Nombre,email,Email,Notas,Notas,phone,Teléfono\nAna Gil,a@x,b@x,uno,dos,1234567,7654321\n");
    let keys: Vec<_> = roll.columns.iter().map(|column| column.key.as_deref()).collect();
    assert_eq!(
        keys,
        [
            None,
            Some("email"),
            Some("email 2"),
            Some("Notas"),
            Some("Notas 2"),
            Some("phone"),
            Some("phone 2")
        ]
    );
    let clash = self::roll("Nombre;address 2;Dirección;Dirección postal\nAna Gil;x;y;z\n");
    let keys: Vec<_> = clash.columns.iter().map(|column| column.key.as_deref()).collect();
    assert_eq!(keys, [None, Some("address"), Some("address 2"), Some("address 3")]);
    let full = self::roll("Nombre;Nombre completo\nAna;Ana Gil Pons\n");
    assert_eq!(names(&full), ["Ana Gil Pons"]);
    assert_eq!(contacts(&full.people[0]), [("Nombre", "Ana")]);
}

#[test]
fn numbers_by_rows_or_from_the_file() {
    assert_eq!(numbers(&roll("Nombre\nAna Gil\nBea Pons\n\nCai Roig\n")), [1, 2, 3]);
    assert_eq!(numbers(&roll("Nombre;id\nAna;30\nBea;020\n")), [30, 20]);
    assert_eq!(numbers(&roll("Socio;Nombre\n5;Ana\n3;Bea\n")), [5, 3]);
    // An id that is no number stands beside.
    let other = roll("id;Nombre\nA-5;Ana\nA-3;Bea\n");
    assert_eq!(numbers(&other), [1, 2]);
    assert_eq!(contacts(&other.people[1]), [("id", "A-3")]);
    // A column called after members may hold their names.
    let named = roll("Vecino;Teléfono\nAna Gil;600111222\nBea Pons;600111333\n");
    assert_eq!(names(&named), ["Ana Gil", "Bea Pons"]);
    // The first column of numbers that says what it is wins.
    let two = roll("Nº;Nombre;Nº socio\n1;Ana;40\n2;Bea;30\n");
    assert_eq!(numbers(&two), [40, 30]);
    let blank = roll("Nº socio;Nombre\n;Ana\n;Bea\n");
    assert_eq!(numbers(&blank), [1, 2]);
    assert_eq!(warned(&blank), ["the column \"Nº socio\" is blank: members are numbered by rows"]);
    assert_eq!(numbers(&roll("Nº,Nombre\n2147483647,Ana\n")), [MAX_NUMBER]);
}

#[test]
fn what_is_refused_says_where_and_why() {
    for (text, words) in [
        ("", &["empty"][..]),
        (" \r\n;;;\n\t\n", &["empty"]),
        ("\u{feff}", &["empty"]),
        (
            "Correo;Teléfono\na@x.org;600111222\n",
            &["\"Correo\"", "\"Teléfono\"", "Nombre, Nome, Name or Nom"],
        ),
        ("Nombre;Teléfono\n", &["header row and nobody"]),
        ("Nombre;Teléfono\nAna;1\n\n;2\n", &["row 4", "column \"Nombre\"", "no name"]),
        ("Nº;Nombre\n3;Ana\n5;Bea\n03;Cai\n", &["row 4", "column \"Nº\"", "number 3", "row 2"]),
        ("Nº;Nombre\n3;Ana\n;Bea\n", &["row 3", "column \"Nº\"", "no member number"]),
        ("Nº;Nombre\n3;Ana\nA-7;Bea\n", &["row 3", "column \"Nº\"", "\"A-7\"", "1 to 2147483647"]),
        ("Nº;Nombre\n2147483648;Ana\n", &["row 2", "\"2147483648\""]),
        ("Nº;Nombre\n0;Ana\n", &["row 2", "\"0\""]),
        ("Nombre;Correo\nAna;a@x\nBea;\"b@x\nCai;c@x\n", &["row 3, column 2", "quotation mark"]),
        ("Nombre;Correo\n\"Ana \"la Rubia\" Gil\";a@x\n", &["row 2, column 1", "written twice"]),
        ("Nombre;Correo\nAna\0;a@x\n", &["no text"]),
        ("600111222;a@x.org\n600111223;b@x.org\n", &["no header row"]),
    ] {
        let error = refused(text).to_string();
        assert!(!error.contains('\n'), "{error}");
        for word in words {
            assert!(error.contains(word), "{text:?}: {word:?} is not in: {error}");
        }
    }
    let long = format!("Nombre;Notas\n{};x\n", "á".repeat(MAX_NAME + 1));
    assert_eq!(refused(&long), RollError::TooLong { row: 2, column: "Nombre".into(), limit: MAX_NAME });
    assert!(read(format!("Nombre;Notas\n{};x\n", "á".repeat(MAX_NAME)).as_bytes()).is_ok());
    let halves = format!("Nombre;Apellidos\n{0};{0}\n", "á".repeat(150));
    assert!(matches!(refused(&halves), RollError::TooLong { row: 2, .. }));
    let many: String = (0..=MAX_ROWS).map(|i| format!("Ana {i}\n")).collect();
    assert_eq!(refused(&format!("Nombre\n{many}")), RollError::TooManyRows);
}

#[test]
fn a_list_with_a_title_above_and_blanks_and_repeated_headers() {
    let roll = roll(
        "Listado de socias y socios 2024;;\n;;\nNombre;Correo;\nAna Gil;a@x;\n;;\nNombre;Correo;\nBea Pons;b@x;\n;;\n;;\n",
    );
    assert_eq!(names(&roll), ["Ana Gil", "Bea Pons"]);
    assert_eq!(roll.people[1].row, 7);
    assert_eq!(
        warned(&roll),
        [
            "what stands above the header was left out: row 1",
            "blank rows were skipped: 2, 5",
            "row 6: it repeats the header and was skipped"
        ]
    );
}

#[test]
fn a_row_with_more_cells_than_titles() {
    let roll = roll("Nombre,Dirección\nAna Gil,\"Mayor, 3\"\nBea Pons,Sol, 4\n");
    assert_eq!(contacts(&roll.people[1]), [("address", "Sol"), ("column 3", "4")]);
    assert_eq!(warned(&roll), ["row 3: it has 3 cells and the header 2: is a separator too many?"]);
}

#[test]
fn without_a_header_it_is_guessed_and_said() {
    let full = roll(
        "1;Ana Gil Pons;600 11 22 33;a@x.org;Mayor 3\n2;Iñaki Roig Sanz;600 11 22 44;b@x.org;Sol 4, 2º\n",
    );
    assert_eq!(
        meanings(&full),
        [Meaning::Number, Meaning::Name, Meaning::Phone, Meaning::Email, Meaning::Address]
    );
    assert_eq!(names(&full), ["Ana Gil Pons", "Iñaki Roig Sanz"]);
    let said = warned(&full);
    assert_eq!(said.len(), 1);
    for words in [
        "no header row",
        "column 1 for the member number",
        "column 2 for the name",
        "column 4 for the e-mail",
    ] {
        assert!(said[0].contains(words), "{said:?}");
    }
    let parts = roll("Ana,Gil Pons\nIñaki,Roig\nMaría José,Sanz de Diego\n");
    assert_eq!(names(&parts), ["Ana Gil Pons", "Iñaki Roig", "María José Sanz de Diego"]);
    let alone = roll("Ana Gil\nBea Pons\n");
    assert_eq!(names(&alone), ["Ana Gil", "Bea Pons"]);
    assert_eq!(alone.separator, None);
    let towns = roll("Ana Gil Pons;Irun\nIñaki Roig Sanz;Hondarribia\n");
    assert_eq!(names(&towns), ["Ana Gil Pons", "Iñaki Roig Sanz"]);
    assert_eq!(contacts(&towns.people[0]), [("column 2", "Irun")]);
    // A header of which not one title is known shows by standing over numbers.
    let unknown = roll("Persona;Contacto\nAna Gil;600111222\nBea Pons;600111333\n");
    assert_eq!(names(&unknown), ["Ana Gil", "Bea Pons"]);
    assert!(warned(&unknown)[0].contains("none of the titles"));
    let flats = roll("1A;Ana Gil;600111222\n1B;Bea Pons;600111333\n");
    assert_eq!(meanings(&flats), [Meaning::Extra, Meaning::Name, Meaning::Phone]);
    let one = roll("Ana Gil;600111222\n");
    assert_eq!((names(&one), one.people[0].row), (vec!["Ana Gil"], 1));
}

#[test]
fn likely_duplicates_and_shared_contacts() {
    let roll = roll(
        "Nombre y apellidos;Correo;Teléfono\n\
         Mª José Muñoz García;mj@example.org;600 11 22 33\n\
         Jean-François Lefèvre;jf@example.org;\n\
         GARCIA MUÑOZ, MARÍA JOSÉ;MJ@example.org;+34 600112233\n\
         Ana Gil Pons;casa@example.org;943 00 00 00\n\
         Bea Pons Roig;CASA@example.org;943000000\n\
         Lefevre Jean Francois;;\n\
         Cai Pons Roig;;0034 943 000 000\n",
    );
    assert_eq!(
        warned(&roll),
        [
            "row 4: \"GARCIA MUÑOZ, MARÍA JOSÉ\" may be the same person as in row 2 (\"Mª José Muñoz García\")",
            "row 6: rows 5, 6 share the e-mail address \"casa@example.org\", as a household may",
            "row 6: rows 5, 6, 8 share the phone \"943000000\", as a household may",
            "row 7: \"Lefevre Jean Francois\" may be the same person as in row 3 (\"Jean-François Lefèvre\")",
        ]
    );
}

#[test]
fn odd_cells() {
    let roll = roll(
        "Nombre;Correo;Teléfono\n\
         Mu?oz Ana;ana.example.org;6,12E+08\n\
         MarÃ\u{ad}a Gil;;\n\
         Bea\u{200b} Pons;b@x;sin\n\
         \"Cai\nRoig\";;\n\
         Jose\u{301} Luis  Sanz ;;\n",
    );
    assert_eq!(names(&roll)[2..], ["Bea Pons", "Cai Roig", "José Luis Sanz"]);
    let said = warned(&roll);
    for (at, words) in ["no @", "6,12E+08", "'?'", "garbled", "left out", "several lines"].iter().enumerate()
    {
        assert!(said.iter().any(|text| text.contains(words)), "{at} {words}: {said:?}");
    }
    assert_eq!(said.len(), 6, "{said:?}");
}

#[test]
fn warnings_of_one_kind_are_limited() {
    let rows: String = (0..5_000).map(|_| "Ana Gil;x\n").collect();
    let roll = roll(&format!("Nombre;Correo\n{rows}"));
    assert_eq!(roll.people.len(), 5_000);
    assert_eq!(roll.warnings.len(), 102);
    let said = warned(&roll);
    assert!(
        said.contains(&"there are 4949 more likely duplicates, which are not listed".to_owned()),
        "{:?}",
        &said[100..]
    );
}

#[test]
fn the_preview() {
    let text = roll(
        "Nº;Nombre;Apellidos;Correo;Cuota\n\
         3;Begoña;Ibáñez;bego@example.org;10\n\
         12;Iñaki;Etxeberria Agirre;inaki;\n\
         4;Begona;IBAÑEZ;;5\n",
    )
    .preview();
    assert_eq!(
        text,
        "3 people, with the numbers of the column \"Nº\".
Read as UTF-8, separated by semicolons.

The columns were read so:
  Nº         member number
  Nombre     given name
  Apellidos  surname
  Correo     e-mail
  Cuota      kept under this name

The people:
  number  name                     email             Cuota
  3       Begoña Ibáñez            bego@example.org  10
  12      Iñaki Etxeberria Agirre  inaki
  4       Begona IBAÑEZ                              5

To look at (2):
  row 3: the e-mail address \"inaki\" has no @
  row 4: \"Begona IBAÑEZ\" may be the same person as in row 2 (\"Begoña Ibáñez\")
"
    );
    let many: String = (0..30).map(|i| format!("Ana {}\n", "b".repeat(i + 1))).collect();
    let text = roll(&format!("Nombre\n{many}")).preview();
    assert!(
        text.contains("30 people, numbered from 1 to 30 by rows.") && text.contains("The first 8 people:")
    );
    assert!(text.contains("Nothing is odd.") && text.lines().all(|line| line.chars().count() < 120));
}

#[test]
fn a_log_shows_no_names() {
    let roll = roll("Nombre;Correo\nAna Gil;sin\n");
    let shown = format!("{roll:?} {:?}", roll.people);
    assert!(!shown.contains("Ana") && !shown.contains("sin"), "{shown}");
}

/// Work must not grow with the square: these take under a second, and would take hours.
#[test]
fn large_files() {
    let same: String = (0..MAX_ROWS).map(|_| "Ana Gil Pons;casa@example.org;600112233\n").collect();
    assert_eq!(roll(&format!("Nombre;Correo;Teléfono\n{same}")).people.len(), MAX_ROWS);
    let others: String = (0..MAX_ROWS).map(|i| format!("{i};Ana {i};casa@example.org;600112233\n")).collect();
    assert_eq!(roll(&format!("id;Nombre;Correo;Teléfono\n{others}")).people.len(), MAX_ROWS);
    let quotes = format!("{}x", "\"\"".repeat(1 << 20));
    assert_eq!(refused(&quotes), RollError::TextAfterQuote { row: 1, column: 1 });
    assert_eq!(refused(&"\n".repeat(1 << 24)), RollError::Empty);
    let titles = format!("{}Nombre\n{}Ana\n", "Notas;".repeat(MAX_COLUMNS - 1), ";".repeat(MAX_COLUMNS - 1));
    assert_eq!(names(&roll(&titles)), ["Ana"]);
}

/// The folder with real names by frequency, where it stands beside the repository.
fn real_names() -> Option<PathBuf> {
    let data = std::env::var_os("CABILDO_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let folder = data.join("rolls");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no {}", folder.display());
    None
}

/// A roll of the commonest names of Spain: each is kept as it is, and none is odd.
#[test]
fn real_names_are_kept() {
    let Some(folder) = real_names() else { return };
    let column = |file: &str| -> Vec<String> {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
    };
    let surnames = column("apellidos.csv");
    let given: Vec<String> =
        ["nombres_femeninos.csv", "nombres_masculinos.csv"].into_iter().flat_map(column).collect();
    let people: BTreeSet<(String, String)> = (0..20_000)
        .map(|i| (given[i * 7 % given.len()].clone(), surnames[i * 13 % surnames.len()].clone()))
        .collect();
    let mut text = String::from("nombre;apellidos\n");
    for (given, surname) in &people {
        text.push_str(&format!("{given};{surname}\n"));
    }
    let roll = roll(&text);
    let kept: Vec<String> = roll.people.iter().map(|person| person.name.clone()).collect();
    let meant: Vec<String> = people.iter().map(|(given, surname)| format!("{given} {surname}")).collect();
    assert_eq!(kept, meant);
    let odd: Vec<String> =
        warned(&roll).into_iter().filter(|text| !text.contains("may be the same person")).collect();
    assert!(odd.iter().all(|text| text.contains("likely duplicates")), "{odd:?}");
}

/// Whatever comes out of a file keeps what the module promises.
fn promises(bytes: &[u8]) {
    match read(bytes) {
        Ok(roll) => {
            assert!(!roll.people.is_empty());
            let mut numbers = BTreeSet::new();
            let keys: BTreeSet<&str> =
                roll.columns.iter().filter_map(|column| column.key.as_deref()).collect();
            for person in &roll.people {
                assert!((1..=MAX_NUMBER).contains(&person.number) && numbers.insert(person.number));
                assert!(!person.name.is_empty());
                assert!(book::text::check_line(&person.name).is_ok());
                let mut own = BTreeSet::new();
                for (key, cell) in &person.contacts {
                    assert!(keys.contains(key.as_str()) && own.insert(key) && !cell.is_empty());
                    assert!(book::text::check_line(cell).is_ok() && book::text::check_line(key).is_ok());
                }
            }
            assert!(roll.warnings.iter().all(|warning| book::text::check_line(&warning.text).is_ok()));
            assert!(roll.preview().lines().all(|line| book::text::check_line(line).is_ok()));
        }
        Err(error) => assert!(book::text::check_line(&error.to_string()).is_ok(), "{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        promises(&bytes);
    }

    #[test]
    fn random_bytes_under_a_mark(
        mark in proptest::sample::select(vec![&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff", b"sep=;\n", b"Nombre;Tel\n"]),
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        promises(&[mark, &bytes].concat());
    }

    #[test]
    fn random_cells(
        titles in proptest::collection::vec(proptest::sample::select(vec![
            "Nombre", "Apellidos", "Nº", "socio", "id", "Correo", "Tel", "Dirección", "Alta", "", "x", "\"Nom\"", "Prénom",
        ]), 0..6),
        rows in proptest::collection::vec(proptest::collection::vec("[A-Za-zñÁ0-9@\" \u{301}\u{200b}.=ª+]{0,6}", 0..7), 0..12),
        separator in proptest::sample::select(vec![";", ",", "\t"]),
        end in proptest::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let mut text = titles.join(separator);
        for row in rows {
            text.push_str(end);
            text.push_str(&row.join(separator));
        }
        promises(text.as_bytes());
    }
}
