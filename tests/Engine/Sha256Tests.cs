using System.Security.Cryptography;
using System.Text;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Engine;

/// <summary>Ours against the runtime's, over every length at which the padding takes another turn.</summary>
public class Sha256Tests
{
    private static readonly byte[] Text = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7 + i / 251))];

    [Fact]
    public void Of_IsTheStandardsExample_WhenTheTextIsAbc() => Assert.Equal(
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", Convert.ToHexString(Sha256.Of(Encoding.ASCII.GetBytes("abc"))));

    [Fact]
    public void Of_AgreesWithTheRuntime_WhateverTheLength()
    {
        foreach (int length in Enumerable.Range(0, 300).Append(4095).Append(Text.Length))
            Assert.Equal(SHA256.HashData(Text.AsSpan(0, length)), Sha256.Of(Text.AsSpan(0, length)));
    }

    [Fact]
    public void Hmac_AgreesWithTheRuntime_WhateverTheLengths()
    {
        foreach (int key in Enumerable.Range(0, 140))
            foreach (int length in (int[])[0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1000])
                Assert.Equal(HMACSHA256.HashData(Text.AsSpan(0, key), Text.AsSpan(9, length)), Sha256.Hmac(Text.AsSpan(0, key), Text.AsSpan(9, length)));
    }
}
