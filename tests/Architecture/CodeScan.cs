namespace Qschedd.Tests.Architecture;

/// <summary>Knows just enough of C# to tell code from comments and literals. What stands in the holes of $"..." is code.</summary>
internal sealed class CodeScan
{
    private readonly string _text;
    private readonly char[] _code;
    private int _at;

    private CodeScan(string text)
    {
        _text = text;
        _code = text.ToCharArray();
    }

    public static string BlankCommentsAndLiterals(string text)
    {
        var scan = new CodeScan(text);
        scan.Code(insideHole: false);
        return new string(scan._code);
    }

    private void Code(bool insideHole)
    {
        for (int depth = 0; _at < _text.Length;)
        {
            if (insideHole && _text[_at] == '}' && depth-- == 0)
                return;
            if (insideHole && _text[_at] == '{')
                depth++;
            if (Starts("//"))
                BlankTo(EndOf("\n") - 1);
            else if (Starts("/*"))
                BlankTo(EndOf("*/"));
            else if (_text[_at] == '\'')
                Quoted('\'');
            else if (!Literal())
                _at++;
        }
    }

    /// <summary>A string of any kind that starts here, its prefix of $ and @ included.</summary>
    private bool Literal()
    {
        int quote = _at;
        while (quote < _text.Length && _text[quote] is '$' or '@')
            quote++;
        if (quote >= _text.Length || _text[quote] != '"')
            return false;
        string prefix = _text[_at..quote];
        _at = quote;
        if (Starts("\"\"\""))
            Raw();
        else if (prefix.Contains('$'))
            Interpolated(verbatim: prefix.Contains('@'));
        else if (prefix.Contains('@'))
            Verbatim();
        else
            Quoted('"');
        return true;
    }

    private void Quoted(char quote)
    {
        int end = _at + 1;
        while (end < _text.Length && _text[end] != quote && _text[end] != '\n')
            end += _text[end] == '\\' ? 2 : 1;
        BlankTo(end + 1);
    }

    private void Verbatim()
    {
        int end = _at + 1;
        while (end < _text.Length && (_text[end] != '"' || Next(end) == '"'))
            end += _text[end] == '"' ? 2 : 1;
        BlankTo(end + 1);
    }

    private void Raw()
    {
        int quotes = _text.AsSpan(_at).IndexOfAnyExcept('"');
        string fence = new('"', quotes < 0 ? _text.Length - _at : quotes);
        int close = _text.IndexOf(fence, _at + fence.Length, StringComparison.Ordinal);
        BlankTo(close < 0 ? _text.Length : close + fence.Length);
    }

    private void Interpolated(bool verbatim)
    {
        BlankTo(_at + 1);
        while (_at < _text.Length)
        {
            bool doubled = Next(_at) == _text[_at];
            if (_text[_at] is '{' or '}' && doubled || verbatim && _text[_at] == '"' && doubled || !verbatim && _text[_at] == '\\')
                BlankTo(_at + 2);
            else if (_text[_at] == '"')
            {
                BlankTo(_at + 1);
                return;
            }
            else if (_text[_at] == '{')
            {
                _at++;
                Code(insideHole: true);
                _at++;
            }
            else
                BlankTo(_at + 1);
        }
    }

    private char Next(int at) => at + 1 < _text.Length ? _text[at + 1] : '\0';

    private bool Starts(string mark) => string.CompareOrdinal(_text, _at, mark, 0, mark.Length) == 0;

    private int EndOf(string mark)
    {
        int found = _text.IndexOf(mark, _at + 1, StringComparison.Ordinal);
        return found >= 0 ? found + mark.Length : _text.Length + 1;
    }

    private void BlankTo(int end)
    {
        for (; _at < Math.Min(end, _text.Length); _at++)
            if (_code[_at] != '\n')
                _code[_at] = ' ';
    }
}
