"""The step for phone numbers."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from connectors.mapping.base import Failure, Noted, StepArguments, StepFunction, text_step
from connectors.mapping.countries import code_of
from connectors.values.invisible import plain_digits
from connectors.values.normalise import text

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# No phone number is written with more characters.
_LONGEST = 60
_NO_PHONE = Failure("cannot read a phone number")
_NO_COUNTRY = Failure("cannot tell to which country a phone number without a country code belongs")
_EXTENSION = "had an extension, which was left out"
# A number that a spreadsheet has taken for an amount.
_DECIMALS = re.compile(r"(\d{6,})\.0", re.ASCII)
_DIGITS = re.compile(r"\d", re.ASCII)


@cache
def _library() -> Any:
    """Return the library, whose import takes a tenth of a second and which hardly any file needs."""
    import phonenumbers

    return phonenumbers


def _check_region(code: str) -> str:
    if code not in _library().SUPPORTED_REGIONS:
        raise ValueError("write a country by its code of two capitals, such as AU")
    return code


class Phone(StepArguments):
    """A phone number in one form."""

    form: Literal["e164", "national", "digits"] = Field(alias="as", examples=["e164"])
    """`e164`: +61412345678; `national`: as it is written in its country; `digits`: the same without spaces and
    brackets. The last two write a number of another country with + and its code."""
    region: Annotated[str, AfterValidator(_check_region)] | None = None
    """The country of a number without a country code, such as AU; by default that of the employee's address, or else
    that of the account."""
    check: Literal["possible", "valid"] = "possible"
    """`valid` also refuses numbers of a range that is not in use."""

    def compile(self) -> StepFunction:
        """Return the step as a function."""
        fixed, is_right, known = self.region, _is_right(self.check), _library().SUPPORTED_REGIONS

        def phone(value: Any, country: str | None) -> Any:
            region = fixed or (code_of(country) if country else None)
            region = region if region in known else None
            return text_step(lambda written: self._write(written, region, is_right))(value, None)

        return phone

    def _write(self, written: str, region: str | None, is_right: Any) -> Any:
        number = _parse(written, region)
        if isinstance(number, Failure):
            return number
        if not is_right(number):
            return _NO_PHONE
        has_extension, number.extension = bool(number.extension), None
        shown = self._format(number, region)
        return Noted(shown, _EXTENSION) if has_extension else shown

    def _format(self, number: PhoneNumber, region: str | None) -> str:
        library = _library()
        forms, write = library.PhoneNumberFormat, library.format_number
        is_own = region is not None and number.country_code == library.country_code_for_region(region)
        if self.form == "e164" or (self.form == "digits" and not is_own):
            return str(write(number, forms.E164))
        if not is_own:
            return str(write(number, forms.INTERNATIONAL))
        national = str(write(number, forms.NATIONAL))
        return national if self.form == "national" else "".join(_DIGITS.findall(national))


def _is_right(check: str) -> Any:
    return _library().is_valid_number if check == "valid" else _library().is_possible_number


def _parse(written: str, region: str | None) -> PhoneNumber | Failure:
    plain = plain_digits(text(written) or "")
    if len(plain) > _LONGEST:
        return _NO_PHONE
    if spreadsheet := _DECIMALS.fullmatch(plain):
        plain = spreadsheet[1]
    unreadable = _library().NumberParseException
    try:
        number: PhoneNumber = _library().parse(plain, region)
        return number
    except unreadable as error:
        is_without = error.error_type == unreadable.INVALID_COUNTRY_CODE and region is None
        return _NO_COUNTRY if is_without else _NO_PHONE
