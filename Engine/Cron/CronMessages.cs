namespace Qschedd.Engine.Cron;

/// <summary>What the parser says of its errors, in an operator's words. Nothing here runs for a good expression.</summary>
internal static class CronMessages
{
    private const string Form = "second minute hour day-of-month month day-of-week [year]";
    private const int ShownMax = 80;

    public const string NotInAList =
        "'L' and '#' cannot share day-of-week with other days: give the job one cron for each ('crons:')";

    public const string OffsetAfterLastWeekday =
        "nothing may follow 'LW': 'L-2W' is the weekday nearest to two days before the last day";

    /// <summary>A wrong number of fields is the cause of the error that the fields then show, so it is told instead.</summary>
    public static CronError Explain(string text, CronError error)
    {
        List<Range> fields = SplitFields(text);
        int start = fields.Count == 0 ? 0 : fields[0].Start.Value;
        if (fields.Count == 0) return new CronError(0, $"the expression is empty: it takes six fields, {Form}");
        if (text[start] == '@')
            return new CronError(start, $"'{Show(text[fields[0]])}' is not known here: write the fields, such as '0 0 0 * * ?' for each midnight");
        return fields.Count switch
        {
            < 5 => new CronError(start, $"{fields.Count} of six fields: {Form}"),
            5 => new CronError(start, FiveFields(text, fields)),
            6 or 7 => error,
            _ => new CronError(fields[7].Start.Value, $"'{Show(text[fields[7]])}' is one too many: the fields are {Form}"),
        };
    }

    /// <summary>Where one of two day fields is '*', that one is to become '?'.</summary>
    public static CronError TwoDayFields(string text)
    {
        const string rule = "day-of-month and day-of-week cannot both be given";
        List<Range> ranges = SplitFields(text);
        List<string> fields = ranges.ConvertAll(range => text[range]);
        (int dayOfMonthAt, int dayOfWeekAt) = (ranges[3].Start.Value, ranges[5].Start.Value);
        if (fields[5] == "*") return new CronError(dayOfWeekAt, $"{rule}: one of them is '?': '{With(fields, 5)}'");
        if (fields[3] == "*") return new CronError(dayOfMonthAt, $"{rule}: one of them is '?': '{With(fields, 3)}'");
        return new CronError(dayOfWeekAt, $"{rule}: one of them is '?'; for either, two crons: '{With(fields, 5)}' and '{With(fields, 3)}'");
    }

    // crontab(5) counts Sunday as 0, so its digits name other days here.
    private static string FiveFields(string text, List<Range> ranges)
    {
        List<string> fields = ["0", .. ranges.Select(range => text[range])];
        string advice = fields switch
        {
            [_, _, _, "?", _, _] or [_, _, _, _, _, "?"] => $"'{Show(string.Join(' ', fields))}'",
            [_, _, _, _, _, "*"] => $"'{With(fields, 5)}'",
            [_, _, _, "*", _, _] => $"'{With(fields, 3)}'",
            _ => $"'{With(fields, 5)}' and '{With(fields, 3)}', as two crons",
        };
        string warning = fields[5].Any(char.IsAsciiDigit) ? "; mind that day-of-week counts 1 = SUN to 7 = SAT, or takes names" : "";
        return $"five fields, but cron starts with seconds here: {advice}{warning}";
    }

    public static string Unexpected(string text, int fieldStart, int at, CronField field) =>
        $"'{Quote(text, at, FieldEnd(text, at))}' may not follow '{Quote(text, fieldStart, at)}' in {field.Name}";

    public static string NotAValue(string text, int at, CronField field) => char.ToUpperInvariant(text[at]) switch
    {
        'L' => $"'L' stands only in day-of-month and day-of-week, not in {field.Name}",
        'W' => field.Kind == CronFieldKind.DayOfMonth
            ? "a day must stand before 'W': 15W, or LW for the last weekday"
            : $"'W' stands only in day-of-month, not in {field.Name}",
        '?' => $"'?' stands alone in {field.Name}, not in a list",
        _ => $"'{Quote(text, at, FieldEnd(text, at))}' is no {field.Name}: {Takes(field)}",
    };

    public static string NotANumber(string text, int at, CronField field)
    {
        if (at == text.Length || CronCursor.IsBlank(text[at])) return $"{field.Name}: a number must end the range";
        return $"'{Quote(text, at, FieldEnd(text, at))}' cannot end a range that a number starts in {field.Name}: {field.Range}";
    }

    public static string NotAName(string text, int at, CronField field) =>
        $"'{Quote(text, at, FieldEnd(text, at))}' is no {field.Name}: {Takes(field)}";

    public static string StepAfterName(string text, int start, int at, int value) =>
        $"a step needs a range or a number before it: '{value}{Quote(text, at, FieldEnd(text, at))}' "
        + $"or '{text[start..at]}-...{Quote(text, at, FieldEnd(text, at))}'";

    public static string Quote(string text, int start, int end) => Show(text[start..end]);

    private static string Show(string text)
    {
        string shown = text.Length <= ShownMax ? text : text[..ShownMax] + "...";
        return string.Create(shown.Length, shown, static (span, from) =>
        {
            for (int i = 0; i < span.Length; i++) span[i] = char.IsControl(from[i]) ? ' ' : from[i];
        });
    }

    private static string Takes(CronField field) => field.Kind switch
    {
        CronFieldKind.Month => "1-12 or JAN-DEC",
        CronFieldKind.DayOfWeek => "1-7 (1 is SUN) or SUN-SAT",
        _ => $"{field.Range}, '*', ',', '-' and '/'",
    };

    private static string With(List<string> fields, int question)
    {
        string[] fixedFields = [.. fields];
        fixedFields[question] = "?";
        return Show(string.Join(' ', fixedFields));
    }

    private static int FieldEnd(string text, int at)
    {
        while (at < text.Length && !CronCursor.IsBlank(text[at])) at++;
        return at;
    }

    private static List<Range> SplitFields(string text)
    {
        var fields = new List<Range>();
        for (int at = 0; at < text.Length;)
        {
            int end = FieldEnd(text, at);
            if (end > at) fields.Add(at..end);
            at = end + 1;
        }
        return fields;
    }
}
