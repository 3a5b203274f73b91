"""The same four movements of one account, as a CSV, an OFX and a camt.053 file."""

from __future__ import annotations

CSV_SIGNED = b"""Date,Amount,Description,Transaction ID,Balance
2026-03-02,400.00,ISF 20260302,B-1,400.00
2026-03-04,-12.50,SAMPLE POOL INV-1001,B-2,387.50
2026-03-05,-12.50,SAMPLE POOL,B-3,375.00
2026-03-09,-30.00,SAMPLE CARER,B-4,345.00
"""
OFX = b"""OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260310120000<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>GBP
<BANKACCTFROM><BANKID>010203<ACCTID>12345678<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260309
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260302<TRNAMT>400.00<FITID>B-1<NAME>ISF 20260302</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260304<TRNAMT>-12.50<FITID>B-2<NAME>SAMPLE POOL<MEMO>INV-1001</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260305<TRNAMT>-12.50<FITID>B-3<NAME>SAMPLE POOL</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260309<TRNAMT>-30.00<FITID>B-4<NAME>SAMPLE CARER</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>345.00<DTASOF>20260309</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def camt053(*, version: str = "08", closing: str = "345.00", currency: str = "GBP") -> bytes:
    """A camt.053 file of the movements, with one entry more that is only pending."""
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version >= "08" else "<Sts>BOOK</Sts>"
    entries = "".join(
        _entry(*told, status=status, currency=currency)
        for told in (
            ("400.00", "CRDT", "2026-03-02", "B-1", "ISF 20260302"),
            ("12.50", "DBIT", "2026-03-04", "B-2", "SAMPLE POOL INV-1001"),
            ("12.50", "DBIT", "2026-03-05", "B-3", "SAMPLE POOL"),
            ("30.00000", "DBIT", "2026-03-09", "B-4", "SAMPLE CARER"),
        )
    )
    pending = _entry("7.00", "DBIT", "2026-03-09", "P-1", "NOT YET", status=status.replace("BOOK", "PDNG"))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M-1</MsgId></GrpHdr><Stmt><Id>S-1</Id>"
        "<FrToDt><FrDtTm>2026-03-01T00:00:00+00:00</FrDtTm><ToDtTm>2026-03-09T23:59:59+00:00</ToDtTm></FrToDt>"
        "<Acct><Id><IBAN>GB00SAMP01020312345678</IBAN></Id></Acct>"
        f"{_balance('OPBD', '0.00', currency)}{_balance('CLBD', closing, currency)}{entries}{pending}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(kind: str, amount: str, currency: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-09</Dt></Dt></Bal>"
    )


def _entry(amount: str, way: str, day: str, id: str, words: str, *, status: str, currency: str = "GBP") -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{status}'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{id}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
