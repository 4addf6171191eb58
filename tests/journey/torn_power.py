"""A card pulled out, or power lost, before and after a command took effect: nothing is lost, and the same command goes on.

Walks through one whole production. CCCD_TEAR_STEP=1 (./check --long) tears at every command, the default at every fifth.
"""
import os

from stage import JourneyCase, main

STEP = int(os.environ.get("CCCD_TEAR_STEP", "5"))
LATEST = 60  # a production has fewer commands; the walk ends where no tear happened any more


class TornPower(JourneyCase):
    def torn_at(self, where, person):
        """Tears once, puts the card back and goes on. False: the production was over before the tear."""
        s = self.stage
        state = s.new_chip(where.replace(":", "-"))
        s.insert(state, "--tear", where)
        case = s.approved_case(person)
        torn = s.produce(case)
        if torn.code == 0:
            return False
        self.assertOneLine(torn, 3, "put the card back")
        self.assertNotIn(person["number"], torn.err)
        self.assertNotEqual(s.verify_card(case).code, 0)  # half a card is no card
        s.insert(state)
        self.assertExit(s.produce(case), 0)
        report = s.verify_card(case)
        self.assertExit(report, 0)
        self.assertEqual(report.json["verdict"], "GENUINE")
        return True

    def test_a_torn_production_goes_on_where_the_chip_stands(self):
        torn = citizen = 0
        for command in range(1, LATEST, STEP):
            happened = False
            for when in ("before", "after"):
                with self.subTest(tear=f"{when}:{command}"):
                    happened |= self.torn_at(f"{when}:{command}", self.stage.people[f"adult{citizen}"])
                    citizen += 1
                    torn += happened
            if not happened:
                break
        self.assertGreater(torn, 60 // STEP)


main()
