using System.Text.Encodings.Web;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Http;

/// <summary>Where the first byte stands that cannot stay as it is.</summary>
public class PlainJsonEncoderTests
{
    public static TheoryData<byte[], int> Texts => new()
    {
        { ""u8.ToArray(), -1 },
        { "plain"u8.ToArray(), -1 },
        { "a\x7f"u8.ToArray(), -1 },
        { "é报表𠮷"u8.ToArray(), -1 },
        { "a\"b"u8.ToArray(), 1 },
        { "aé\"b"u8.ToArray(), 3 },
        { "é\\"u8.ToArray(), 2 },
        { "报\n"u8.ToArray(), 3 },
        { [(byte)'a', 0xff, (byte)'b'], 1 },
        { [(byte)'a', 0xed, 0xa0, 0x80], 1 },
        { [(byte)'a', 0xc3], 1 },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void FirstToEncode_IsFound_InUtf8(byte[] text, int expected) =>
        Assert.Equal(expected, PlainJsonEncoder.Instance.FindFirstCharacterToEncodeUtf8(text));

    [Fact]
    public void FirstToEncode_IsThatOfTheBaseClass_ForAllShortTexts()
    {
        var slow = new ReadByCharacter();
        byte[] text = [(byte)'a', 0, 0, (byte)'"'];
        for (int pair = 0; pair <= ushort.MaxValue; pair++)
        {
            (text[1], text[2]) = ((byte)(pair >> 8), (byte)pair);
            Assert.Equal(slow.FindFirstCharacterToEncodeUtf8(text), PlainJsonEncoder.Instance.FindFirstCharacterToEncodeUtf8(text));
        }
    }

    /// <summary>The same rule, and the base class's way to look for what it concerns.</summary>
    private sealed unsafe class ReadByCharacter : JavaScriptEncoder
    {
        public override int MaxOutputCharactersPerInputCharacter => PlainJsonEncoder.Instance.MaxOutputCharactersPerInputCharacter;

        public override bool WillEncode(int unicodeScalar) => PlainJsonEncoder.Instance.WillEncode(unicodeScalar);

        public override int FindFirstCharacterToEncode(char* text, int textLength) =>
            PlainJsonEncoder.Instance.FindFirstCharacterToEncode(text, textLength);

        public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
            PlainJsonEncoder.Instance.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
    }
}
