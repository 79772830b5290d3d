import io
import re
from pathlib import Path

import polib

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

LANGUAGES = ("ar", "de", "es", "fr")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|%%|</?\w+[^>]*>")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """Whoever works in one of the languages finds no English left over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(get_module_path("purchase_milestone")) / "i18n"
        cls.template = polib.pofile(str(cls.folder / "purchase_milestone.pot"))

    def test_the_template_holds_the_terms_of_the_code(self):
        exported = io.BytesIO()
        trans_export(False, ["purchase_milestone"], exported, "po", self.env)
        now = polib.pofile(exported.getvalue().decode())
        self.assertEqual(
            sorted(entry.msgid for entry in self.template),
            sorted(entry.msgid for entry in now),
            "Run bin/i18n",
        )

    def test_each_language_has_each_term(self):
        self.assertEqual(sorted(path.stem for path in self.folder.glob("*.po")), list(LANGUAGES))
        terms = {entry.msgid for entry in self.template}
        for language in LANGUAGES:
            with self.subTest(language=language):
                entries = polib.pofile(str(self.folder / f"{language}.po"))
                self.assertEqual({entry.msgid for entry in entries if not entry.obsolete}, terms)
                self.assertFalse([e.msgid for e in entries if not e.translated()])

    def test_the_values_and_the_markup_stay_in_each_term(self):
        for language in LANGUAGES:
            for entry in polib.pofile(str(self.folder / f"{language}.po")):
                with self.subTest(language=language, term=entry.msgid):
                    self.assertEqual(
                        sorted(PLACEHOLDER.findall(entry.msgstr)),
                        sorted(PLACEHOLDER.findall(entry.msgid)),
                    )

    def test_the_life_cycle_reads_in_each_language(self):
        states = {
            "ar_001": ["معلق", "بدأ", "مكتمل", "مرفوض", "معتمد"],
            "de_DE": ["Ausstehend", "Begonnen", "Fertiggestellt", "Abgelehnt", "Abgenommen"],
            "es_ES": ["Pendiente", "Iniciado", "Completado", "Rechazado", "Aprobado"],
            "fr_FR": ["En attente", "Démarré", "Terminé", "Rejeté", "Approuvé"],
        }
        for code, expected in states.items():
            self.env["res.lang"]._activate_lang(code)
            self.env["ir.module.module"]._load_module_terms(["purchase_milestone"], [code])
            field = self.env["purchase.milestone"].with_context(lang=code)._fields["state"]
            selection = field._description_selection(self.env(context={"lang": code}))
            self.assertEqual([label for _, label in selection], expected)
