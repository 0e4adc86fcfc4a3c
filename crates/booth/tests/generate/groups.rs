//! Elements, exponents, hashes, embeddings, nonces, credentials.

use super::{B20, B30, B33, Kit, OURS, credentials, fixture};
use ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};
use num_bigint::BigUint;
use serde_json::{Value, json};

const ED: &str = "Ed25519";
const BEL: &str = "BELENIOS-2048";
const RFC: &str = "RFC-3526-2048";

/// The field's prime of BELENIOS-2048 (Belenios specification, section 5.1).
const P_BEL: &str = "a3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f21e6d36856b428030421f514ed40bfd4c06e092a495af8d79a2f85e0fb11c0ede07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d107435012768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843a3e14dfa9b2162f4d7229abe93a188b46b006517d6f6747ebbb29c9ec3099b607f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a0e7992d0f18cc759cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f878affa2375e2999b44f6cef17d707301e59e0e6351e051ed9cec4157646e64f";
const Q_BEL: &str = "adb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491";
/// The prime of RFC 3526, section 3; the order is (p − 1)/2.
const P_RFC: &str = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff";
const Q_ED: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
}

/// The element of order 2 in the field of BELENIOS-2048.
pub(super) fn minus_1_belenios() -> String {
    (number(P_BEL) - 1u8).to_string()
}

/// 32 little-endian bytes (RFC 8032) as Belenios writes a point.
fn reversed(hex: &str) -> String {
    let mut bytes = hex::decode(hex).unwrap();
    bytes.reverse();
    hex::encode(bytes)
}

pub(crate) fn kits() -> Vec<Kit> {
    vec![
        sha256(),
        decode_element(),
        decode_scalar(),
        hash_to_scalar(),
        embed_vote(),
        extract_vote(),
        get_generators(),
        derive_nonce(),
        derive_credential(),
    ]
}

fn sha256() -> Kit {
    let mut kit = Kit::new("Sha256", "FIPS 180-4; the values are those of its examples.");
    kit.ok("FIPS 180-4", "empty", json!({"hex": ""}));
    kit.ok("FIPS 180-4", "abc", json!({"hex": "616263"}));
    kit.no(OURS, "odd number of digits", json!({"hex": "616"}), "argument");
    kit
}

fn decode_element() -> Kit {
    let mut kit = Kit::new(
        "DecodeElement",
        "Texts of group elements. Membership of the subgroup is not asked for reading.",
    );
    let ed = |text: &str| json!({"group": ED, "text": text});
    let g = "6666666666666666666666666666666666666666666666666666666666666658";
    assert_eq!(Ed25519::encode(&Ed25519::generator()).to_string(), g);
    let order_2 = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec";
    let mixed = {
        let point = |text| Ed25519::point(&Ed25519::decode(text).unwrap());
        Ed25519::encode(&Ed25519::mul(&point(g), &point(order_2))).to_string()
    };
    for (name, text) in [
        ("Ed25519: the generator", g.to_owned()),
        ("Ed25519: the generator's inverse", format!("e{}", &g[1..])),
        ("Ed25519: the identity", format!("{:064x}", 1)),
        ("Ed25519: of order 2", order_2.into()),
        ("Ed25519: of order 4, x even", format!("{:064x}", 0)),
        ("Ed25519: of order 4, x odd", format!("80{:062x}", 0)),
        ("Ed25519: of order 8", reversed("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
        (
            "Ed25519: of order 8, another",
            reversed("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ),
        ("Ed25519: the generator plus a point of order 2", mixed),
    ] {
        kit.ok(OURS, name, ed(&text));
    }
    let off_curve = (2..).map(|y| format!("{y:064x}")).find(|text| Ed25519::decode(text).is_err()).unwrap();
    for (name, text) in [
        (
            "Ed25519: the identity as y = p + 1",
            "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee".into(),
        ),
        ("Ed25519: y = p", "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed".into()),
        (
            "Ed25519: y = p with the sign set",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed".into(),
        ),
        ("Ed25519: y = 2^255 - 1", format!("7f{}", "f".repeat(62))),
        ("Ed25519: the identity with the sign set", format!("80{:062x}", 1)),
        ("Ed25519: of order 2 with the sign set", format!("f{}", &order_2[1..])),
        ("Ed25519: not on the curve", off_curve),
        ("Ed25519: in upper case", "6FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF".into()),
        ("Ed25519: one digit short", g[1..].into()),
        ("Ed25519: one digit long", format!("0{g}")),
        ("Ed25519: with 0x", format!("0x{}", &g[2..])),
        ("Ed25519: with a space", format!(" {}", &g[1..])),
        ("Ed25519: empty", String::new()),
        ("Ed25519: letters outside ASCII", "é".repeat(32)),
    ] {
        kit.no(OURS, name, ed(&text), "element");
    }
    for (group, p, generator, outside) in [
        (BEL, P_BEL, Belenios2048::encode(&Belenios2048::generator()).to_string(), "2"),
        (RFC, P_RFC, Rfc3526::encode(&Rfc3526::generator()).to_string(), "7"),
    ] {
        let p = number(p);
        let minus_1 = (&p - 1u8).to_string();
        for (name, text) in [
            ("the generator", generator.as_str()),
            ("the identity", "1"),
            ("p - 1, of order 2", &minus_1),
            ("a small number", outside),
        ] {
            kit.ok(OURS, &format!("{group}: {name}"), json!({"group": group, "text": text}));
        }
        for (name, text) in [
            ("zero", "0".to_owned()),
            ("p", p.to_string()),
            ("p + 1", (&p + 1u8).to_string()),
            ("2^2048", (BigUint::from(1u8) << 2048u32).to_string()),
            ("a leading zero", format!("0{generator}")),
            ("a sign", format!("+{generator}")),
            ("negative", "-1".into()),
            ("a space", "1 ".into()),
            ("hexadecimal", "0x1".into()),
            ("empty", String::new()),
            ("a thousand digits", "9".repeat(1000)),
        ] {
            kit.no(OURS, &format!("{group}: {name}"), json!({"group": group, "text": text}), "element");
        }
    }
    kit
}

fn decode_scalar() -> Kit {
    let mut kit = Kit::new("DecodeScalar", "Texts of exponents; the value's bytes are little-endian.");
    for (group, q) in [(ED, number(Q_ED)), (BEL, number(Q_BEL)), (RFC, (number(P_RFC) - 1u8) / 2u8)] {
        let case = |text: &str| json!({"group": group, "text": text});
        for (name, text) in [("zero", "0".to_owned()), ("one", "1".into()), ("q - 1", (&q - 1u8).to_string())]
        {
            kit.ok(OURS, &format!("{group}: {name}"), case(&text));
        }
        for (name, text) in [
            ("q", q.to_string()),
            ("q + 1", (&q + 1u8).to_string()),
            ("a leading zero", "01".into()),
            ("two zeros", "00".into()),
            ("negative", "-1".into()),
            ("a sign", "+1".into()),
            ("an exponent", "1e3".into()),
            ("a space", " 1".into()),
            ("empty", String::new()),
            ("a thousand digits", "1".repeat(1000)),
        ] {
            kit.no(OURS, &format!("{group}: {name}"), case(&text), "scalar");
        }
    }
    kit
}

fn hash_to_scalar() -> Kit {
    let mut kit =
        Kit::new("HashToScalar", "SHA-256 of the text as a big-endian number modulo q. second.py agrees.");
    for group in [ED, BEL, RFC] {
        for (name, text) in
            [("empty", ""), ("a proof's prefix", "prove|x|y,z|a,b"), ("outside ASCII", "elección")]
        {
            kit.ok(OURS, &format!("{group}: {name}"), json!({"group": group, "text": text}));
        }
    }
    kit
}

fn embed_vote() -> Kit {
    let mut kit = Kit::new("EmbedVote", "Ranks or grades as a group element.");
    let long: Vec<u8> = (1..=30).collect();
    for (name, group, vote) in [
        ("Ed25519: a ranking of five", ED, vec![1, 2, 3, 4, 5]),
        ("Ed25519: one number", ED, vec![7]),
        ("Ed25519: zeros", ED, vec![0; 5]),
        ("Ed25519: thirty numbers", ED, long),
        ("Ed25519: thirty times 255", ED, vec![255; 30]),
        ("RFC-3526-2048: a ranking of five", RFC, vec![1, 2, 3, 4, 5]),
        ("RFC-3526-2048: 254 times 255", RFC, vec![255; 254]),
    ] {
        let got = kit.ok(OURS, name, json!({"group": group, "vote": vote}));
        // Extracting undoes it.
        let back = Kit::new("ExtractVote", "").ok(
            OURS,
            "back",
            json!({"group": group, "element": got["element"], "count": vote.len()}),
        );
        assert_eq!(back["vote"], json!(vote));
    }
    for (name, group, vote) in [
        ("Ed25519: 31 numbers", ED, vec![0; 31]),
        ("RFC-3526-2048: 255 numbers", RFC, vec![0; 255]),
        ("BELENIOS-2048: it embeds nothing", BEL, vec![1]),
    ] {
        kit.no(OURS, name, json!({"group": group, "vote": vote}), "argument");
    }
    kit.no(OURS, "Ed25519: a number above 255", json!({"group": ED, "vote": [256]}), "argument");
    kit
}

fn extract_vote() -> Kit {
    let mut kit = Kit::new("ExtractVote", "An opened element as ranks or grades: any element gives some.");
    let ranking = Ed25519::encode(&Ed25519::embed(&[1, 2, 3, 4, 5]).unwrap()).to_string();
    let rfc = Rfc3526::encode(&Rfc3526::embed(&[5, 4, 3, 2, 1]).unwrap()).to_string();
    let g = Ed25519::encode(&Ed25519::generator()).to_string();
    for (name, group, element, count) in [
        ("Ed25519: a ranking of five", ED, ranking.as_str(), 5),
        ("Ed25519: fewer numbers than were embedded", ED, &ranking, 3),
        ("Ed25519: more numbers than were embedded", ED, &ranking, 7),
        ("Ed25519: the generator", ED, &g, 30),
        ("RFC-3526-2048: a ranking of five", RFC, &rfc, 5),
        ("BELENIOS-2048: it embeds nothing", BEL, "1", 5),
    ] {
        kit.ok(OURS, name, json!({"group": group, "element": element, "count": count}));
    }
    kit.no(OURS, "not an element", json!({"group": ED, "element": "1", "count": 5}), "element");
    kit
}

fn get_generators() -> Kit {
    let mut kit = Kit::new(
        "GetGenerators",
        "h and the first independent generators of the shuffle proof. Belenios agrees: its shuffles verify with them.",
    );
    kit.ok(OURS, "Ed25519", json!({"group": ED, "count": 5}));
    kit.ok(OURS, "RFC-3526-2048", json!({"group": RFC, "count": 2}));
    kit
}

fn derive_nonce() -> Kit {
    let mut kit =
        Kit::new("DeriveNonce", "Ours alone: Belenios draws its nonces at random. second.py agrees.");
    for (name, fresh, secret, statement) in [
        ("all zero", 0, "", ""),
        ("a secret", 7, "0102", "statement"),
        ("the boundary between secret and statement moved", 7, "01", "\u{2}statement"),
        ("other fresh bytes", 8, "0102", "statement"),
    ] {
        for group in [ED, BEL, RFC] {
            let fresh = hex::encode([fresh; 32]);
            let case =
                json!({"group": group, "fresh": fresh, "secret": secret, "statement": statement, "count": 2});
            kit.ok(OURS, &format!("{group}: {name}"), case);
        }
    }
    let short = json!({"group": ED, "fresh": "07", "secret": "", "statement": "", "count": 1});
    kit.no(OURS, "too few fresh bytes", short, "misuse");
    kit
}

fn derive_credential() -> Kit {
    let mut kit =
        Kit::new("DeriveCredential", "A private credential's signing key and public key in an election.");
    for (source, folder, group) in [
        (B30, "homomorphic/v3.0-ed25519", ED),
        (B33, "nonhomomorphic-stv/v3.3-ed25519", ED),
        (B33, "lists-weighted/v3.3-ed25519", ED),
        (B33, "homomorphic/v3.3-belenios2048", BEL),
    ] {
        let json =
            |file: &str| -> Value { serde_json::from_str(&fixture(&format!("{folder}/{file}"))).unwrap() };
        let uuid = json("election.json")["uuid"].clone();
        for (i, credential) in credentials(folder).iter().take(2).enumerate() {
            let case = json!({"group": group, "uuid": uuid, "credential": credential});
            let got = kit.ok(source, &format!("{folder}, voter {}", i + 1), case);
            // The second implementation: Belenios signed this voter's ballot with it.
            assert_eq!(got["public"], json(&format!("ballots/{}.json", i + 2))["credential"]);
        }
    }
    kit.ok(
        OURS,
        "in another election",
        json!({"group": ED, "uuid": "AAAAAAAAAAAAAA", "credential": "nBAku-sypu52-yxLA7-aBPdyo"}),
    );
    for (source, name, credential) in [
        (B20, "the form before 2.4", "bra-v6M-Mww-iPL-skm"),
        (OURS, "one letter short", "nBAku-sypu52-yxLA7-aBPdy"),
        (OURS, "a letter that Base58 leaves out", "nBAku-sypu52-yxLA7-aBPdy0"),
        (OURS, "without dashes", "nBAkusypu52yxLA7aBPdyo"),
        (OURS, "dashes elsewhere", "nBAkus-ypu52-yxLA7-aBPdyo"),
        (OURS, "a space", " nBAku-sypu52-yxLA7-aBPdyo"),
        (OURS, "empty", ""),
    ] {
        kit.no(
            source,
            name,
            json!({"group": ED, "uuid": "AAAAAAAAAAAAAA", "credential": credential}),
            "argument",
        );
    }
    kit
}
