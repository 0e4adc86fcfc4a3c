//! What the title of a column says, in Spanish, Portuguese, English and French, with words of Catalan and Basque.

use super::fold::words;
use super::table::{Line, Table};
use super::tidy::tidy;

/// A header is looked for in so many rows; a list often has its own title above.
pub(super) const SEARCHED: usize = 10;

/// What a title alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Title {
    /// A member's number: `nº de socio`.
    MemberNumber,
    /// A number, of what is not said: `nº`.
    Number,
    /// A member or an id, by number or by name: `socio`, `id`.
    Member,
    /// Names and surnames together, said so.
    FullName,
    /// Names, of what kind depends on the other columns: `nombre`, `nom`.
    Name,
    /// Given names.
    Given,
    /// Surnames.
    Surname,
    /// E-mail.
    Email,
    /// Telephone.
    Phone,
    /// A postal address.
    Address,
    /// When somebody joined.
    Joined,
    /// Anything else.
    Unknown,
}

impl Title {
    /// Whether it says that there are names.
    pub(super) fn is_name(self) -> bool {
        matches!(self, Title::FullName | Title::Name | Title::Given | Title::Surname)
    }
}

/// Kinds of words; a title is judged by the set of those that it has.
mod kind {
    pub(super) const NUMBER: u32 = 1;
    pub(super) const ID: u32 = 1 << 1;
    pub(super) const MEMBER: u32 = 1 << 2;
    pub(super) const NAME: u32 = 1 << 3;
    pub(super) const GIVEN: u32 = 1 << 4;
    pub(super) const SURNAME: u32 = 1 << 5;
    /// `first` and `given`, which make a name a given one.
    pub(super) const FIRST: u32 = 1 << 6;
    /// `last`, which makes it a surname.
    pub(super) const LAST: u32 = 1 << 7;
    pub(super) const FULL: u32 = 1 << 8;
    pub(super) const EMAIL: u32 = 1 << 9;
    pub(super) const PHONE: u32 = 1 << 10;
    pub(super) const ADDRESS: u32 = 1 << 11;
    pub(super) const POSTAL: u32 = 1 << 12;
    pub(super) const DATE: u32 = 1 << 13;
    pub(super) const JOINING: u32 = 1 << 14;
    /// `second`, `paternal`, `1st`.
    pub(super) const ORDINAL: u32 = 1 << 15;
    /// `order`, beside a number.
    pub(super) const ORDER: u32 = 1 << 16;
    /// What says no more of a contact: `personal`, `home`.
    pub(super) const PLAIN: u32 = 1 << 17;
    /// `family`, which makes a name a surname and alone is a household.
    pub(super) const FAMILY: u32 = 1 << 18;
}

/// Words without accents.
const WORDS: &[(u32, &str)] = &[
    (kind::NUMBER, "n no nr nro num nums numero number zenbakia"),
    (kind::ID, "id ident identificador identifiant identifier codigo code codi cod matricula"),
    (
        kind::MEMBER,
        "socio socia socios socias soci socis miembro miembros asociado asociada asociados afiliado \
         afiliada afiliados abonado vecino vecina vecinos member members membro membros associado \
         associada associados filiado filiada membre membres adherent adherents adherente affilie \
         affiliee carnet carne membership bazkidea bazkide cooperativista comunero colegiado",
    ),
    (kind::NAME, "nombre nombres nome nomes name names nom noms izena izen"),
    (kind::GIVEN, "prenom prenoms forename forenames firstname"),
    (
        kind::SURNAME,
        "apellido apellidos sobrenome sobrenomes apelido apelidos surname surnames lastname \
         familyname cognom cognoms llinatges abizena abizenak abizen patronyme",
    ),
    (kind::FIRST, "first given pila proprio"),
    (kind::LAST, "last"),
    (kind::FAMILY, "family famille familia"),
    (kind::FULL, "completo completa completos complet full complete osoa"),
    (kind::FULL | kind::NAME, "fullname"),
    (kind::EMAIL, "email emails mail mails correo correos correu courriel courriels mel emaila"),
    (
        kind::PHONE,
        "telefono telefonos tel telf tlf tlfn tlfno tfno tfn tfo fono telefon telefons movil moviles \
         mobil celular celulares cel cell cellphone mobile phone phones telephone telephones telefone \
         telefones telemovel telemoveis telm fone portable whatsapp gsm telefonoa mugikorra",
    ),
    (
        kind::ADDRESS,
        "direccion direcciones domicilio calle address street endereco morada rua residencia adresse \
         domicile rue adreca domicili carrer helbidea",
    ),
    (kind::POSTAL, "postal postale postais"),
    (kind::DATE, "fecha data date dia ano"),
    (
        kind::JOINING,
        "alta ingreso inscripcion afiliacion incorporacion asociacion admision entrada adesao \
         admissao inscricao filiacao ingresso adhesion inscription entree admission joined join \
         joining since desde depuis adhesio inscripcio",
    ),
    (
        kind::ORDINAL,
        "primer primero segundo segunda primeiro second paterno materno premier deuxieme primera",
    ),
    (kind::ORDER, "orden ordem ordre order"),
    (
        kind::PLAIN,
        "personal particular pessoal personnel personnelle principal principale primary contacto \
         contact contato casa home trabajo trabalho work travail bureau fijo fixe fixo fix \
         electronico electronica eletronico eletronica electronique electronic alternativo secundario \
         actual habitual",
    ),
    (
        0,
        "de del la el los las do da dos das du des d l le les of the a o y e et and i ou or su tu seu \
         sua votre your his her eta s",
    ),
];

/// What a title says. Accents, case, punctuation and numbers behind a word (`Teléfono 2`) do not matter.
pub(super) fn title(text: &str) -> Title {
    use kind::{
        ADDRESS, DATE, EMAIL, FAMILY, FIRST, FULL, GIVEN, ID, JOINING, LAST, MEMBER, NAME, NUMBER, ORDER,
        ORDINAL, PHONE, PLAIN, POSTAL, SURNAME,
    };
    if text.len() > 80 {
        return Title::Unknown;
    }
    let mut set = 0;
    for word in words(&text.replace(['\'', '’'], " ").replace('#', " no ")) {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit()) {
            set |= ORDINAL;
            continue;
        }
        match WORDS.iter().find(|(_, words)| words.split(' ').any(|known| known == word)) {
            Some((kind, _)) => set |= kind,
            None => return Title::Unknown,
        }
    }
    let has = |kinds: u32| set & kinds != 0;
    let only = |kinds: u32| set & !kinds == 0;
    let beside = MEMBER | ORDINAL | PLAIN;
    let names = NAME | GIVEN | SURNAME | FIRST | LAST | if has(NAME) { FAMILY | FULL } else { 0 };
    if has(EMAIL) && only(EMAIL | ADDRESS | beside) {
        Title::Email
    } else if has(PHONE) && only(PHONE | NUMBER | beside) {
        Title::Phone
    } else if has(ADDRESS) && only(ADDRESS | POSTAL | FULL | beside) {
        Title::Address
    } else if has(JOINING) && only(JOINING | DATE | MEMBER) {
        Title::Joined
    } else if has(names) && only(names | MEMBER | ORDINAL) {
        // `nombre y apellidos`; `nom et prénom`, where nom is the surname; `first and last name`.
        let both = has(GIVEN) && has(NAME | SURNAME | LAST)
            || has(SURNAME) && has(NAME)
            || has(FIRST) && has(LAST | FAMILY);
        if has(FULL) || both {
            Title::FullName
        } else if has(SURNAME | LAST | FAMILY) {
            Title::Surname
        } else if has(GIVEN | FIRST) {
            Title::Given
        } else {
            Title::Name
        }
    } else if has(NUMBER | ID) && has(MEMBER) && only(NUMBER | ID | MEMBER | ORDER) {
        Title::MemberNumber
    } else if has(NUMBER) && only(NUMBER | ORDER) {
        Title::Number
    } else if has(MEMBER | ID) && only(MEMBER | ID | NUMBER) {
        Title::Member
    } else {
        Title::Unknown
    }
}

/// A header that was found.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// Its place among the rows that are not blank, from 0.
    pub(super) row: usize,
    /// How many of its titles are known.
    pub(super) known: usize,
}

/// Looks for the header: the row with the most titles that are known.
pub(super) fn find(table: &Table) -> Option<Found> {
    let mut best: Option<Found> = None;
    for (row, line) in table.from(0).take(SEARCHED).enumerate() {
        let titles = titles(line);
        let cells = titles.iter().filter(|(text, _)| !text.is_empty()).count();
        let known = titles.iter().filter(|(_, title)| *title != Title::Unknown).count();
        let names = titles.iter().any(|(_, title)| title.is_name() || *title == Title::Member);
        let likely =
            if row == 0 { known > 0 && (names || known >= 2 || known == cells) } else { names && known >= 2 };
        if likely && best.is_none_or(|best| known > best.known) {
            best = Some(Found { row, known });
        }
    }
    best
}

/// A row's cells as titles.
pub(super) fn titles(line: Line<'_>) -> Vec<(String, Title)> {
    line.cells()
        .map(|cell| {
            let (text, _) = tidy(cell);
            let title = title(&text);
            (text, title)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_in_four_languages() {
        for (expected, texts) in [
            (
                Title::FullName,
                &[
                    "Nombre y apellidos",
                    "NOMBRE Y APELLIDOS",
                    "Apellidos, Nombre",
                    "APELLIDOS / NOMBRE",
                    "nombre completo",
                    "Nome completo",
                    "Nome e sobrenome",
                    "Full name",
                    "First and last name",
                    "Name, surname",
                    "Nom et prénom",
                    "NOM Prénom",
                    "Prénom / Nom",
                    "Nom complet",
                    "Nom i cognoms",
                    "Nombre y apellidos del socio",
                    "Izena eta abizenak",
                    "Izen-abizenak",
                ][..],
            ),
            (
                Title::Name,
                &[
                    "Nombre",
                    "nombres",
                    " NOME ",
                    "Name",
                    "Nom",
                    "Nombre del socio",
                    "Member name",
                    "Segundo nombre",
                ],
            ),
            (
                Title::Given,
                &[
                    "Prénom",
                    "prenom(s)",
                    "First name",
                    "first_name",
                    "FirstName",
                    "Given name",
                    "Nombre de pila",
                    "Nome próprio",
                ],
            ),
            (
                Title::Surname,
                &[
                    "Apellidos",
                    "apellido",
                    "Primer apellido",
                    "2º apellido",
                    "Apellido 1",
                    "apellido2",
                    "Apellido materno",
                    "Sobrenome",
                    "Apelidos",
                    "Surname",
                    "Last name",
                    "last-name",
                    "Family name",
                    "Nom de famille",
                    "Cognoms",
                    "First surname",
                ],
            ),
            (
                Title::Email,
                &[
                    "Correo",
                    "correo electrónico",
                    "Correo-e",
                    "E-mail",
                    "email",
                    "e mail",
                    "EMAIL 2",
                    "Mail",
                    "Courriel",
                    "Adresse e-mail",
                    "Adresse mail",
                    "Email address",
                    "Dirección de correo electrónico",
                    "Endereço de e-mail",
                    "Correu electrònic",
                ],
            ),
            (
                Title::Phone,
                &[
                    "Teléfono",
                    "TELEFONO",
                    "Tel.",
                    "Tfno",
                    "Telf. fijo",
                    "Móvil",
                    "Teléfono móvil",
                    "Teléfono / Móvil",
                    "Nº de teléfono",
                    "Número de teléfono",
                    "Phone",
                    "Mobile phone",
                    "Telefone",
                    "Celular",
                    "Telemóvel",
                    "Téléphone",
                    "Tél. portable",
                    "Téléphone fixe",
                    "Telefono 1",
                    "Teléfono de contacto",
                    "WhatsApp",
                ],
            ),
            (
                Title::Address,
                &[
                    "Dirección",
                    "Direccion postal",
                    "Domicilio",
                    "Address",
                    "Home address",
                    "Endereço",
                    "Morada",
                    "Adresse",
                    "Adresse postale",
                    "Calle",
                    "Adreça",
                ],
            ),
            (
                Title::MemberNumber,
                &[
                    "Nº socio",
                    "Nº de socio",
                    "N.º de socia",
                    "NUMERO DE SOCIO",
                    "Núm. soci",
                    "Member no.",
                    "Member number",
                    "Membership number",
                    "Membership ID",
                    "N° adhérent",
                    "Numéro d'adhérent",
                    "Número de associado",
                    "Código de socio",
                    "Member #",
                    "Nº carnet",
                ],
            ),
            (
                Title::Number,
                &[
                    "Nº",
                    "N°",
                    "nº",
                    "no.",
                    "No",
                    "num",
                    "Núm.",
                    "Número",
                    "Number",
                    "#",
                    "Numéro",
                    "Nro.",
                    "Nº orden",
                ],
            ),
            (Title::Member, &["Socio", "id", "ID", "Member", "Miembro", "Membre", "Associado", "Código"]),
            (
                Title::Joined,
                &[
                    "Fecha de alta",
                    "FECHA ALTA",
                    "Fecha alta socio",
                    "Alta",
                    "Fecha de ingreso",
                    "Data de entrada",
                    "Data de adesão",
                    "Data de admissão",
                    "Date joined",
                    "Member since",
                    "Joined",
                    "Date d'adhésion",
                    "Date d’inscription",
                    "Socio desde",
                ],
            ),
            (
                Title::Unknown,
                &[
                    "",
                    "DNI",
                    "Nº DNI",
                    "Código postal",
                    "Code postal",
                    "Fecha",
                    "Fecha de nacimiento",
                    "Nombre de la madre",
                    "Persona de contacto",
                    "Nombre de contacto",
                    "Cuota",
                    "Observaciones",
                    "Piso",
                    "Barrio",
                    "Ana Gil",
                    "Nº cuenta",
                    "Correo postal",
                    "Familia",
                    "Completo",
                ],
            ),
        ] {
            for text in texts {
                assert_eq!(title(text), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn no_word_is_of_two_kinds() {
        let mut all: Vec<&str> = WORDS.iter().flat_map(|(_, words)| words.split(' ')).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
