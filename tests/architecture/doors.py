"""A contract type for import-linter: a vendor is imported through its doors only.

The built-in forbidden contract lists who may *not* import, so a module added tomorrow would be
free. This one lists who may; everybody else, present or future, may not.
"""

from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def breaches(graph: ImportGraph, vendors: list[str], doors: list[str]) -> list[tuple[str, str]]:
    """Return sorted (importer, vendor) pairs that bypass the doors.

    A door is a module or a package with everything below it. Vendors nobody imports and doors
    nobody has built yet are no breach.
    """
    found = []
    for vendor in vendors:
        if vendor not in graph.modules:
            continue
        for importer in graph.find_modules_that_directly_import(vendor):
            if not any(importer == door or importer.startswith(f"{door}.") for door in doors):
                found.append((importer, vendor))
    return sorted(found)


class DoorContract(Contract):
    """Fields: `vendors`, top-level outside packages, and `doors`, our modules that may use them."""

    type_name = "door"

    vendors = fields.ListField(subfield=fields.StringField())
    doors = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        # By now the fields hold what they were given, which their declared types do not know.
        vendors, doors = cast(list[str], self.vendors), cast(list[str], self.doors)
        found = breaches(graph, vendors, doors)
        return ContractCheck(kept=not found, metadata={"breaches": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, vendor in check.metadata["breaches"]:
            output.print_error(f"- {importer} imports {vendor} outside of its doors", bold=False)
        output.new_line()
