/* Reports come first: who searches for "alliance" wants to read of it. A function comes first when
   it is asked for by its full name. */
var Scorer = {
  score: ([page, , , , score]) => (page.startsWith("notebooks/") ? score + 10 : score),
  objNameMatch: 40,
  objPartialMatch: 1,
  objPrio: { 0: 0, 1: 0, 2: 0 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
