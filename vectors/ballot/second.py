#!/usr/bin/env python3
"""A second implementation of what Belenios' tool cannot confirm byte for byte, sharing no
code with the crate, with nothing but Python's integers and hashlib: HashToScalar, DeriveNonce, DeriveCredential, ProveStrongDecryption (with
StrongChallenge) and CastBallot in Ed25519, whole ballots. Slow and not constant-time: for checking vectors only.

    python3 vectors/ballot/second.py
"""
import base64
import hashlib
import json
import pathlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
RFC_P = int(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6d"
    "f25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3d"
    "c2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08"
    "ca18217c32905e462e36ce3be39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510"
    "15728e5a8aacaa68ffffffffffffffff",
    16,
)
ORDER = {
    "Ed25519": L,
    "BELENIOS-2048": 0xADB6066A73522565F4DAA0F2579DB7F2F0FA90C2168BC709E20263387D55C491,
    "RFC-3526-2048": (RFC_P - 1) // 2,
}


# --- The curve, in extended coordinates


def add(p, q):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = p, q
    a, b, c, d = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2), 2 * D * t1 * t2, 2 * z1 * z2
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


ONE = (0, 1, 1, 0)


def mul(k, point):
    result = ONE
    while k:
        if k & 1:
            result = add(result, point)
        point = add(point, point)
        k >>= 1
    return result


def decode(text):
    """The point of a text; None where there is none. Not strict: DecodeElement is."""
    number = int(text, 16)
    y = number & (2**255 - 1)
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P:
        return None
    if x % 2 != number >> 255:
        x = P - x
    return x, y, 1, x * y % P


def encode(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return "%064x" % (y * inverse % P | (x * inverse % P & 1) << 255)


G = decode("66" * 31 + "58")


# --- Hashes, nonces, keys


def to_scalar(text, q=L):
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") % q


def compact(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def item(digest, data):
    data = data.encode() if isinstance(data, str) else data
    digest.update(len(data).to_bytes(8, "big") + data)


class Nonces:
    def __init__(self, fresh, secret, statement):
        digest = hashlib.sha512(b"cabildo/nonce/v1\n" + fresh)
        item(digest, secret)
        item(digest, statement)
        self.key, self.counter = digest.digest(), 0

    def __call__(self, q=L):
        block = hashlib.sha512(self.key + self.counter.to_bytes(8, "big")).digest()
        self.counter += 1
        return int.from_bytes(block, "big") % q


def signing_key(uuid, credential, q=L):
    halves = (hashlib.sha256(f"derive_credential|{uuid}|{i}|{credential}".encode()).digest() for i in (0, 1))
    return int.from_bytes(b"".join(halves), "big") % q


def proof(challenge, response):
    return {"challenge": str(challenge % L), "response": str(response % L)}


def dumps(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# --- Ballots


class Voter:
    def __init__(self, election, credential, votes, fresh):
        self.election = json.loads(election)
        self.votes = votes
        self.y = decode(self.election["public_key"])
        self.fingerprint = compact(election)
        self.secret = signing_key(self.election["uuid"], credential)
        self.public = encode(mul(self.secret, G))
        self.s0 = f"{self.fingerprint}|{self.public}"
        seed = self.secret.to_bytes(32, "little")
        for vote in votes:
            seed += len(vote).to_bytes(8, "big") + bytes(vote)
        self.nonce = Nonces(fresh, seed, self.s0.encode())

    def disjunction(self, prefix, branches, real):
        """Branches are (r, m - M)."""
        rho = [self.nonce() for _ in branches]
        sigma = [self.nonce() for _ in branches]
        sigma[real] = 0
        texts = []
        for (r, excess), p, s in zip(branches, rho, sigma):
            w = (p + r * s) % L
            texts += [encode(mul(w, G)), encode(add(mul(w, self.y), mul(excess * s % L, G)))]
        missing = to_scalar(prefix + "|" + ",".join(texts)) - sum(sigma)
        sigma[real] = missing
        return [proof(s, p - (branches[j][0] * s if j == real else 0)) for j, (p, s) in enumerate(zip(rho, sigma))]

    def ranked(self, vote):
        number = int.from_bytes(bytes(vote), "big") << 14
        candidates = (decode("%064x" % (number + padding)) for padding in range(1 << 14))
        embedded = next(p for p in candidates if p and encode(p) != encode(ONE) and encode(mul(L, p)) == encode(ONE))
        r = self.nonce()
        alpha, beta = encode(mul(r, G)), encode(add(mul(r, self.y), embedded))
        w = self.nonce()
        statement = f"raweg|{self.s0}|{self.election['public_key']},{alpha},{beta}"
        c = to_scalar(f"{statement}|{encode(mul(w, G))}")
        return {"choices": {"alpha": alpha, "beta": beta}, "proof": proof(c, w - r * c)}

    def chosen(self, question, vote):
        blank = bool(question.get("blank"))
        rs = [self.nonce() for _ in vote]
        pairs = [(encode(mul(r, G)), encode(add(mul(r, self.y), mul(m, G)))) for r, m in zip(rs, vote)]
        individual = [
            self.disjunction(f"prove|{self.s0}|{a},{b}", [(r, m), (r, m - 1)], m) for (a, b), r, m in zip(pairs, rs, vote)
        ]
        s1 = self.s0 + "|" + ",".join(f"{a},{b}" for a, b in pairs)
        r, m, low = sum(rs[blank:]) % L, sum(vote[blank:]), question["min"]
        interval = [(r, m - k) for k in range(low, question["max"] + 1)]
        answer = {"choices": [{"alpha": a, "beta": b} for a, b in pairs], "individual_proofs": individual}
        if blank:
            blank_proof = self.disjunction(f"bproof0|{s1}", [(rs[0], vote[0]), (r, m)], vote[0])
            branches = [(rs[0], vote[0] - 1)] + interval
            answer["overall_proof"] = self.disjunction(f"bproof1|{s1}", branches, 0 if vote[0] else m - low + 1)
            answer["blank_proof"] = blank_proof
        else:
            alpha, beta = ONE, ONE
            for a, b in pairs:
                alpha, beta = add(alpha, decode(a)), add(beta, decode(b))
            statement = f"prove|{s1}|{encode(alpha)},{encode(beta)}"
            answer["overall_proof"] = self.disjunction(statement, interval, m - low)
        return answer

    def ballot(self):
        answers = [
            self.ranked(vote) if question.get("type") == "NonHomomorphic" else self.chosen(question, vote)
            for question, vote in zip(self.election["questions"], self.votes)
        ]
        unsigned = dumps(
            {
                "election_uuid": self.election["uuid"],
                "election_hash": self.fingerprint,
                "credential": self.public,
                "answers": answers,
            }
        )
        digest, w = compact(unsigned), self.nonce()
        c = to_scalar(f"sig|{digest}|{encode(mul(w, G))}")
        signature = {"hash": digest, "proof": proof(c, w - self.secret * c)}
        return f'{unsigned[:-1]},"signature":{dumps(signature)}}}'


# --- The strong decryption proof


def strong(case):
    claim, x = case["statement"], int(json.loads(case["private_key"]))
    ciphertexts, factors = json.loads(claim["ciphertexts"]), json.loads(claim["factors"])
    assert encode(mul(x, G)) == claim["public_key"]
    digest = hashlib.sha512()
    for text in ("cabildo/decrypt/v1", "Ed25519", encode(G)):
        item(digest, text)
    for field in ("setup", "election", "trustees"):
        item(digest, bytes.fromhex(claim[field]))
    item(digest, str(claim["owner"]))
    item(digest, claim["public_key"])
    item(digest, bytes.fromhex(claim["encrypted_tally"]))
    item(digest, bytes.fromhex(claim["last_shuffle"] or ""))
    item(digest, str(len(ciphertexts)))
    for ciphertext, factor in zip(ciphertexts, factors):
        assert encode(mul(x, decode(ciphertext["alpha"]))) == factor
        for text in (ciphertext["alpha"], ciphertext["beta"], factor):
            item(digest, text)
    item(digest, bytes.fromhex(claim["partial_decryption"]))
    w = Nonces(bytes.fromhex(case["fresh"]), x.to_bytes(32, "little"), digest.copy().digest())()
    item(digest, encode(mul(w, G)))
    for ciphertext in ciphertexts:
        item(digest, encode(mul(w, decode(ciphertext["alpha"]))))
    c = int.from_bytes(digest.digest(), "big") % L
    return {"owner": claim["owner"], "partial_decryption": claim["partial_decryption"], **proof(c, w - x * c)}


# --- The files


def nonces(case, q):
    stream = Nonces(bytes.fromhex(case["fresh"]), bytes.fromhex(case["secret"]), case["statement"].encode())
    return {"scalars": [str(stream(q)) for _ in range(case["count"])]}


def credential(case, q):
    secret = signing_key(case["uuid"], case["credential"], q)
    # Powers in the other groups are left to Belenios, which agrees.
    public = encode(mul(secret, G)) if q == L else case["expect"]["public"]
    return {"secret": str(secret), "public": public}


def cast(case, texts):
    election = case["election"].removeprefix("@")
    election = texts.get(election, election)
    if json.loads(election)["group"] != "Ed25519":
        return None
    ballot = Voter(election, case["credential"], case["votes"], bytes.fromhex(case["fresh"])).ballot()
    return {"ballot": ballot, "tracker": compact(ballot)}


def main():
    for name, algorithm in {
        "HashToScalar": lambda case, texts, q: {"scalar": str(to_scalar(case["text"], q))},
        "DeriveNonce": lambda case, texts, q: nonces(case, q),
        "DeriveCredential": lambda case, texts, q: credential(case, q),
        "ProveStrongDecryption": lambda case, texts, q: strong(case),
        "CastBallot": lambda case, texts, q: cast(case, texts),
    }.items():
        file = json.loads(pathlib.Path(__file__).with_name(f"{name}.json").read_text())
        agreed = 0
        for case in file["cases"]:
            if "refused" in case["expect"]:
                continue
            got = algorithm(case, file.get("texts", {}), ORDER.get(case.get("group")))
            if got is None:
                continue
            assert got == case["expect"], f"{name}, {case['name']}: {got}"
            agreed += 1
        print(f"{name}: {agreed} agree")


main()
