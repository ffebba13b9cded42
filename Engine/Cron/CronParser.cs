namespace Qschedd.Engine.Cron;

/// <summary>
/// Reads an expression once, from left to right; the first error ends it. Stricter than Quartz: what Quartz takes and then
/// ignores or reads in three ways (<c>FRI/2</c>, <c>FRI*</c>, <c>LW-2</c>, step 0) is an error.
/// </summary>
internal ref struct CronParser
{
    private readonly string _text;
    private CronCursor _cursor;
    private CronError? _error;
    private CronSets _sets;

    // Of the field being read.
    private ulong _bits;
    private int _itemCount;
    private int _loneAt; // where nL, L or n#k of the week days stands, or -1: it may not share the field

    // Where the two day fields stand; -1 when it is '?'.
    private int _dayOfMonthAt;
    private int _dayOfWeekAt;

    private CronParser(string text)
    {
        _text = text;
        _cursor = new CronCursor(text);
    }

    public static CronExpression? Parse(string text, out CronError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new CronParser(text);
        bool parsed = parser.ReadFields();
        error = parsed ? null : CronMessages.Explain(text, parser._error!);
        return parsed ? new CronExpression(text, parser._sets) : null;
    }

    private bool ReadFields()
    {
        foreach (CronField field in CronField.All)
        {
            _cursor.SkipBlanks();
            if (_cursor.AtEnd)
                return field.Kind == CronFieldKind.Year || FailByCount();
            if (!ReadField(field)) return false;
            if (field.Kind == CronFieldKind.DayOfWeek && !CheckDays()) return false;
        }
        _cursor.SkipBlanks();
        return _cursor.AtEnd || FailByCount();
    }

    private bool ReadField(CronField field)
    {
        if (TryReadPlain(field)) return true;
        int start = _cursor.At;
        (_bits, _itemCount, _loneAt) = (0, 0, -1);
        if (_cursor.Current == '?') return ReadQuestionMark(field);
        do
        {
            _itemCount++;
            if (!ReadItem(field)) return false;
        }
        while (_cursor.Take(','));
        if (!_cursor.AtFieldEnd) return Fail(_cursor.At, CronMessages.Unexpected(_text, start, _cursor.At, field));
        if (_loneAt >= 0 && _itemCount > 1) return Fail(_loneAt, CronMessages.NotInAList);
        Store(field.Kind, start);
        return true;
    }

    // Most fields are one '*' or one number of at most two digits: they need none of the machinery of lists.
    private bool TryReadPlain(CronField field)
    {
        ReadOnlySpan<char> rest = _text.AsSpan(_cursor.At);
        int length = rest.Length == 1 || CronCursor.IsBlank(rest[1]) ? 1 : rest.Length == 2 || CronCursor.IsBlank(rest[2]) ? 2 : 0;
        if (length == 0 || field.Kind == CronFieldKind.Year) return false;
        if (length == 1 && rest[0] == '*')
        {
            _sets.Interval |= field.IsTime;
            _bits = field.AllBits;
        }
        else
        {
            uint first = (uint)(rest[0] - '0');
            uint second = length == 1 ? 0 : (uint)(rest[1] - '0');
            uint value = length == 1 ? first : first * 10 + second;
            if (first > 9 || second > 9 || value < (uint)field.Min || value > (uint)field.Max) return false;
            _bits = 1UL << (int)value;
        }
        Store(field.Kind, _cursor.At);
        _cursor.At += length;
        return true;
    }

    private bool ReadQuestionMark(CronField field)
    {
        if (field.Kind is not (CronFieldKind.DayOfMonth or CronFieldKind.DayOfWeek))
            return Fail(_cursor.At, $"'?' stands only in day-of-month or day-of-week; any {field.Name} is '*'");
        _cursor.At++;
        if (!_cursor.AtFieldEnd) return Fail(_cursor.At, $"'?' stands alone: nothing may follow it in {field.Name}");
        _bits = field.AllBits;
        Store(field.Kind, -1);
        return true;
    }

    private void Store(CronFieldKind kind, int start)
    {
        switch (kind)
        {
            case CronFieldKind.Second: _sets.Seconds = _bits; break;
            case CronFieldKind.Minute: _sets.Minutes = _bits; break;
            case CronFieldKind.Hour: _sets.Hours = _bits; break;
            case CronFieldKind.Month: _sets.Months = _bits; break;
            case CronFieldKind.DayOfMonth: (_sets.Days.Days, _dayOfMonthAt) = ((uint)(_bits >> 1), start); break;
            case CronFieldKind.DayOfWeek: (_sets.Days.Weekdays, _dayOfWeekAt) = ((uint)(_bits >> 1), start); break;
        }
    }

    // Quartz.NET 4 fires on either of two day fields, Cronos on both, Java refuses: so do we.
    private bool CheckDays()
    {
        if (_dayOfMonthAt < 0 == _dayOfWeekAt >= 0) return true;
        return _dayOfMonthAt < 0
            ? Fail(_cursor.At - 1, "'?' in both day fields: make one of them '*', or name its days")
            : Fail(CronMessages.TwoDayFields(_text, _dayOfMonthAt, _dayOfWeekAt));
    }

    private bool ReadItem(CronField field)
    {
        if (_cursor.AtFieldEnd || _cursor.Current == ',') return Fail(_cursor.At, $"{field.Name}: a value is missing beside ','");
        char c = _cursor.Current;
        if (c is '*' or '/') return ReadEvery(field);
        if (char.IsAsciiDigit(c)) return ReadNumberItem(field);
        if (field.Kind == CronFieldKind.DayOfMonth && _cursor.TakeLetter('L')) return ReadLastDay();
        if (field.Kind == CronFieldKind.DayOfWeek && TakeSaturday()) return true;
        if (field.Names.Length > 0 && char.IsAsciiLetter(c)) return ReadNameItem(field);
        return Fail(_cursor.At, CronMessages.NotAValue(_text, _cursor.At, field));
    }

    // '*', '*/n', and Quartz's '/n', which is the same.
    private bool ReadEvery(CronField field)
    {
        _cursor.Take('*');
        _sets.Interval |= field.IsTime;
        return AddStepped(field, field.Min, field.Max);
    }

    private bool ReadNumberItem(CronField field)
    {
        int start = _cursor.At;
        if (!ReadNumber(field, out int from)) return false;
        if (_cursor.AtEnd) return Add(field, from, from, 1);
        switch (_cursor.Current)
        {
            case '-':
                _cursor.At++;
                if (!ReadNumber(field, out int to)) return false;
                if (field.Kind == CronFieldKind.Year && to < from)
                    return Fail(start, $"year range {from}-{to} runs backwards: {to}-{from}");
                return AddStepped(field, from, to);
            case '/':
                return AddStepped(field, from, field.Max);
            case 'W' or 'w' when field.Kind == CronFieldKind.DayOfMonth:
                _cursor.At++;
                _sets.Days.NearestTo |= 1u << from - 1;
                return true;
            case 'L' or 'l' or '#' when field.Kind == CronFieldKind.DayOfWeek:
                return ReadNthWeekday(from, start);
            default:
                return Add(field, from, from, 1);
        }
    }

    private bool ReadNameItem(CronField field)
    {
        int start = _cursor.At;
        if (!ReadName(field, out int from)) return false;
        if (_cursor.Take('-')) return ReadName(field, out int to) && AddStepped(field, from, to);
        if (!_cursor.AtEnd && _cursor.Current == '/') return Fail(_cursor.At, CronMessages.StepAfterName(_text, start, _cursor.At, from));
        if (!_cursor.AtEnd && field.Kind == CronFieldKind.DayOfWeek && _cursor.Current is 'L' or 'l' or '#')
            return ReadNthWeekday(from, start);
        return Add(field, from, from, 1);
    }

    // After 'L' of the days of month: L, LW, L-n, L-nW.
    private bool ReadLastDay()
    {
        int back = 0;
        if (_cursor.Take('-'))
        {
            int start = _cursor.At;
            if (!_cursor.ReadDigits(out back)) return Fail(_cursor.At, "a number of days must follow 'L-': L-3 is three days before the last");
            if (back > 30) return Fail(start, $"'L-{back}' is before every month's first day: at most L-30");
        }
        if (!_cursor.TakeLetter('W')) _sets.Days.LastDays |= 1u << back;
        else if (!_cursor.AtEnd && _cursor.Current == '-') return Fail(_cursor.At, CronMessages.OffsetAfterLastWeekday);
        else _sets.Days.NearestToLast |= 1u << back;
        return true;
    }

    // Alone in its field, 'L' is the week's last day. No name starts with it.
    private bool TakeSaturday()
    {
        int start = _cursor.At;
        if (!_cursor.TakeLetter('L')) return false;
        _loneAt = start;
        _bits |= 1UL << 7;
        return true;
    }

    private bool ReadNthWeekday(int weekday, int start)
    {
        _loneAt = start;
        (_sets.Days.NthWeekday, _sets.Days.Nth) = (weekday - 1, DayRule.LastOfMonth);
        if (_cursor.TakeLetter('L')) return true;
        _cursor.At++;
        int at = _cursor.At;
        if (!_cursor.ReadDigits(out int nth) || nth is < 1 or > 5)
            return Fail(at, "1 to 5 must follow '#': 6#3 is the third Friday of the month (6L the last)");
        _sets.Days.Nth = nth;
        return true;
    }

    private bool ReadNumber(CronField field, out int value)
    {
        int start = _cursor.At;
        if (!_cursor.ReadDigits(out value)) return Fail(_cursor.At, CronMessages.NotANumber(_text, _cursor.At, field));
        if (value >= field.Min && value <= field.Max) return true;
        return Fail(start, $"{field.Name} '{CronMessages.Quote(_text, start, _cursor.At)}' is outside {field.Range}{field.Hint}");
    }

    private bool ReadName(CronField field, out int value)
    {
        int start = _cursor.At;
        int index = _cursor.TakeName(out long code) ? Array.IndexOf(field.Names, code) : -1;
        value = field.Min + index;
        return index >= 0 || Fail(start, CronMessages.NotAName(_text, start, field));
    }

    private bool AddStepped(CronField field, int from, int to)
    {
        if (!_cursor.Take('/')) return Add(field, from, to, 1);
        int start = _cursor.At;
        _sets.Interval |= field.IsTime;
        if (!_cursor.ReadDigits(out int step)) return Fail(_cursor.At, $"{field.Name}: a number must follow '/'");
        if (step >= 1 && step <= field.StepMax) return Add(field, from, to, step);
        return Fail(start, $"{field.Name} step '{CronMessages.Quote(_text, start, _cursor.At)}' is outside 1-{field.StepMax}");
    }

    // A range that runs backwards wraps around the end of the field: 22-2 is 22, 23, 0, 1, 2.
    private bool Add(CronField field, int from, int to, int step)
    {
        if (field.Kind == CronFieldKind.Year)
        {
            AddYears(field, from, to, step);
            return true;
        }
        if (step == 1 && from <= to)
        {
            _bits |= (2UL << to) - (1UL << from);
            return true;
        }
        int count = field.Max - field.Min + 1;
        if (to < from) to += count;
        for (int value = from; value <= to; value += step)
            _bits |= 1UL << (value > field.Max ? value - count : value);
        return true;
    }

    private void AddYears(CronField field, int from, int to, int step)
    {
        if (step == 1 && from == field.Min && to == field.Max && _itemCount == 1 && _cursor.AtFieldEnd) return;
        (_sets.Years ??= new YearSet()).Add(from, to, step);
    }

    // What is wrong with the number of fields, CronMessages.Explain tells.
    private bool FailByCount() => Fail(_cursor.At, "wrong number of fields");

    private bool Fail(int offset, string message) => Fail(new CronError(offset, message));

    private bool Fail(CronError error)
    {
        _error = error;
        return false;
    }
}
